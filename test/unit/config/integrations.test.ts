/** What agent.yaml says about integrations, and how mistakes in it are reported. */
import { describe, expect, it } from "vitest";
import { parseAgentConfig } from "../../../src/config/agent-config.ts";
import { alertClasses } from "../../../src/core/model/alert.ts";
import { systemScope } from "../../../src/core/model/manager-scope.ts";

function parse(lines: string) {
  const place = { file: "agent.yaml", hostname: "box", scope: systemScope };
  return parseAgentConfig(`repository: /srv/hosts.git\n${lines}\n`, place);
}

/** `line:column: message` of each mistake. */
function mistakesOf(lines: string): readonly string[] {
  return parse(lines).diagnostics.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

describe("metrics", () => {
  it.each([
    ["127.0.0.1:9638", { kind: "tcp", host: "127.0.0.1", port: 9638 }],
    ['"[::1]:9638"', { kind: "tcp", host: "::1", port: 9638 }],
    ["unix:/run/metrics.sock", { kind: "unix", path: "/run/metrics.sock" }],
  ])("listen on %s", (text, listen) => {
    const { config } = parse(`metrics: { listen: ${text} }`);
    expect(config?.integrations.metrics).toEqual({ listen, textfileDirectory: null });
  });

  it("are off without the key, and when it is empty", () => {
    expect(parse("").config?.integrations.metrics).toBeNull();
    expect(parse("metrics:").config?.integrations.metrics).toBeNull();
  });

  it("are refused with the place and the reason", () => {
    expect(mistakesOf("metrics: {}")).toEqual(["2:10: metrics says neither listen nor textfile"]);
    expect(mistakesOf("metrics:\n  listen: localhost:9638")).toEqual([
      "3:11: expected an IP address and a port, or unix: and an absolute path",
    ]);
    expect(mistakesOf("metrics: { textfile: relative }").join()).toMatch(/^2:22: .*absolute/);
    expect(mistakesOf("metrics: { port: 9638 }").join()).toContain("2:12: unknown key");
    expect(mistakesOf("metrics: 127.0.0.1:9638").join()).toMatch(/^2:10: .*a map with listen or textfile/);
    expect(mistakesOf("metrics: { listen: 9638 }").join()).toMatch(/^2:20: /);
  });

  it.each([
    "9638",
    "127.0.0.1",
    "127.0.0.1:0",
    "127.0.0.1:70000",
    "999.0.0.1:80",
    "unix:x",
    "[::1]",
    ":9638",
  ])("do not listen on %s: the mistake names the place, what is wrong and what to write", (address) => {
    expect(parse(`metrics: { listen: "${address}" }`).diagnostics).toMatchObject([
      {
        file: "agent.yaml",
        line: 2,
        column: 20,
        message: "expected an IP address and a port, or unix: and an absolute path",
        hint: expect.stringContaining("127.0.0.1:9638"),
      },
    ]);
  });
});

describe("webhook", () => {
  it("listens where it says, or on systemd's socket", () => {
    expect(
      parse("webhook: { secret-file: /s, listen: 127.0.0.1:9639, jitter: 5s }").config?.integrations.webhook,
    ).toEqual({
      listen: { kind: "tcp", host: "127.0.0.1", port: 9639 },
      secretFile: "/s",
      jitterMs: 5_000,
    });
    expect(parse("webhook: { secret-file: /s }").config?.integrations.webhook).toMatchObject({
      listen: null,
      jitterMs: 1_000,
    });
  });

  it("is refused with the place and the reason", () => {
    expect(mistakesOf("webhook: { listen: 127.0.0.1:9639 }").join()).toContain('missing key "secret-file"');
    expect(mistakesOf("webhook:\n  secret-file: s\n")).toEqual([expect.stringMatching(/^3:16: /)]);
    expect(mistakesOf("webhook: { secret-file: /s, secret: hunter2 }").join()).toMatch(/unknown key/);
  });
});

describe("commit-status", () => {
  const parseFor = (url: string, lines: string) => {
    const place = { file: "agent.yaml", hostname: "box", scope: systemScope };
    return parseAgentConfig(`repository: ${url}\ncommit-status: ${lines}\n`, place);
  };

  it.each([
    ["git@github.com:ops/hosts.git", "github", "https://api.github.com", "ops/hosts"],
    ["https://gitlab.com/ops/team/hosts.git", "gitlab", "https://gitlab.com/api/v4", "ops/team/hosts"],
    ["ssh://git@codeberg.org:22/ops/hosts", "forgejo", "https://codeberg.org/api/v1", "ops/hosts"],
  ])("follows from the URL %s", (url, forge, apiUrl, project) => {
    expect(parseFor(url, "{ token-file: /t }").config?.integrations.commitStatus).toEqual({
      forge,
      apiUrl,
      project,
      tokenFile: "/t",
    });
  });

  it("takes what it is told for a forge of one's own", () => {
    const lines = "{ token-file: /t, forge: gitea, api-url: 'https://git.example.org/gitea/api/v1/' }";
    expect(
      parseFor("ssh://git@git.example.org:2222/ops/hosts.git", lines).config?.integrations.commitStatus,
    ).toEqual({
      forge: "gitea",
      apiUrl: "https://git.example.org/gitea/api/v1",
      project: "ops/hosts",
      tokenFile: "/t",
    });
    expect(
      parseFor("git@ghe.example.org:ops/hosts.git", "{ token-file: /t, forge: github }").config?.integrations
        .commitStatus?.apiUrl,
    ).toBe("https://ghe.example.org/api/v3");
  });

  it("asks for what the URL of the repository does not tell", () => {
    const messages = parseFor("/srv/hosts.git", "{ token-file: /t }").diagnostics.map(
      ({ message }) => message,
    );
    expect(messages.map((message) => /"([a-z-]+)"/.exec(message)?.[1])).toEqual([
      "forge",
      "project",
      "api-url",
    ]);
    const withLogin = parseFor(
      "git@github.com:ops/hosts.git",
      "{ token-file: /t, api-url: 'https://me:pw@x.org' }",
    );
    expect(withLogin.diagnostics.map(({ message }) => message)).toEqual([
      "a URL with a login or a query is not allowed here",
    ]);
  });
});

describe("publish", () => {
  it("has defaults for all but the broker and the destination", () => {
    const { config } = parse("publish: { amqp: { url-file: /u, queue: units } }");
    expect(config?.integrations.amqp).toEqual({
      urlFile: "/u",
      caFile: null,
      destination: { kind: "queue", name: "units" },
      intervalMs: 30_000,
      per: "unit",
      others: [],
      events: true,
    });
  });

  it("takes an exchange in place of a queue, and never both", () => {
    const amqp = (keys: string) => `publish: { amqp: { url-file: /u${keys} } }`;
    expect(parse(amqp(", exchange: gitops")).config?.integrations.amqp?.destination).toEqual({
      kind: "exchange",
      name: "gitops",
    });
    expect(mistakesOf(amqp(", exchange: a, queue: b"))).toEqual([
      "2:18: amqp names both a queue and an exchange",
    ]);
    expect(mistakesOf(amqp(""))).toEqual(["2:18: amqp names neither a queue nor an exchange"]);
    expect(mistakesOf(amqp(", queue: a, per: minute"))).toHaveLength(1);
    expect(mistakesOf(amqp(", queue: a, url: 'amqp://me:hunter2@host'")).join()).toContain("unknown key");
    expect(mistakesOf(amqp(", queue: a, url: 'amqp://me:hunter2@host'")).join()).not.toContain("hunter2");
  });
});

describe("notify", () => {
  it("has entries with defaults: everything but suspensions, to everybody, never again, at most 20 an hour", () => {
    const { config } = parse("notify:\n  - ntfy: { url: https://ntfy.example.org/hosts }");
    expect(config?.integrations.notify).toEqual([
      {
        name: "ntfy",
        on: [...alertClasses.filter((alertClass) => alertClass !== "suspended"), "recovered"],
        units: null,
        repeatMs: null,
        maxPerHour: 20,
        way: { kind: "ntfy", url: { kind: "plain", url: "https://ntfy.example.org/hosts" }, tokenFile: null },
      },
    ]);
  });

  it("lets an Alertmanager have everything again each minute, without a limit", () => {
    const { config } = parse("notify: [{ alertmanager: { url: http://127.0.0.1:9093 } }]");
    expect(config?.integrations.notify[0]).toMatchObject({ repeatMs: 60_000, maxPerHour: null });
  });

  it("takes the port of e-mail from its encryption", () => {
    const entry = (tls: string) =>
      `{ name: ${tls}, email: { server: mx, tls: ${tls}, from: a@b, to: [c@d] } }`;
    const { config } = parse(`notify: [${["starttls", "tls", "none"].map(entry).join(", ")}]`);
    const ways = config?.integrations.notify.map(({ way }) => way);
    expect(ways).toMatchObject([{ port: 587 }, { port: 465 }, { port: 25 }]);
  });

  it("is nobody without the key, and when it is empty", () => {
    expect(parse("").config?.integrations.notify).toEqual([]);
    expect(parse("notify:").config?.integrations.notify).toEqual([]);
  });

  it.each([
    ["notify: { ntfy: x }", "2:9: expected a list of entries, found a map"],
    [
      "notify: [{ on: [drift] }]",
      "2:10: this entry sends nothing: it has no alertmanager, webhook, ntfy, slack, matrix, email or command",
    ],
    ["notify: [{ sms: x, ntfy: { url: https://x/t } }]", '2:12: unknown key "sms"'],
    ["notify:\n  - slack: { url-file: hook }", "3:24: expected an absolute path: one that begins with /"],
    ["notify: [{ ntfy: { url: https://ntfy.sh } }]", "2:25: the URL has no topic"],
    ["notify: [{ ntfy: {} }]", "2:18: neither url nor url-file is given"],
    ["notify: [{ webhook: { url: https://x/, url-file: /x } }]", "2:50: url and url-file exclude each other"],
    ["notify: [{ webhook: { url: ftp://x/ } }]", "2:28: expected an http or https URL"],
    ["notify: [{ webhook: { url: https://bob:abc@x/ } }]", "2:28: the URL contains a user or a password"],
    [
      "notify: [{ matrix: { url: https://m, room: '#ops:m', token-file: /x } }]",
      "2:44: expected the id of a room, which begins with !",
    ],
    [
      "notify: [{ email: { server: mx, from: me, to: [a@b] } }]",
      "2:39: expected an e-mail address alone: ops@example.org",
    ],
    ["notify: [{ email: { server: mx, from: a@b, to: [] } }]", "2:48: at least one address is needed here"],
    [
      "notify: [{ email: { server: mx, from: a@b, to: [a@b], port: 70000 } }]",
      "2:61: a port is between 1 and 65535",
    ],
    [
      "notify: [{ email: { server: mx, from: a@b, to: [a@b], user: bob } }]",
      "2:61: user and password-file belong together",
    ],
    [
      "notify: [{ email: { server: mx, from: a@b, to: [a@b], user: bob, password-file: /p, tls: none } }]",
      "2:90: the password would be sent without encryption",
    ],
    [
      "notify: [{ command: { run: apprise } }]",
      "2:28: expected a command as a list of arguments, found text",
    ],
    ["notify: [{ command: { run: [apprise] } }]", "2:29: the program is named by its absolute path"],
    ["notify: [{ command: { run: [/bin/x], timeout: 1h } }]", "2:47: at most 5min is possible here"],
    [
      "notify: [{ ntfy: { url: https://x/t }, on: [failed] }]",
      `2:45: expected one of ${[...alertClasses, "recovered"].join(", ")}, found "failed"`,
    ],
    ["notify: [{ ntfy: { url: https://x/t }, repeat: 1s }]", "2:48: at least 1min is needed here"],
    ["notify: [{ ntfy: { url: https://x/t }, units: [web] }]", '2:48: "web" is not the name of a unit'],
    ["notify: [{ ntfy: { url: https://x/t }, max-per-hour: 0 }]", "2:54: at least 1 is needed here"],
    [
      "notify: [{ alertmanager: { url: http://x }, max-per-hour: 5 }]",
      "2:59: max-per-hour is not for alertmanager, which groups by itself and needs every alert again",
    ],
    [
      "notify: [{ ntfy: { url: https://x/t }, matrix: { url: https://m, room: '!a:m', token-file: /x } }]",
      "2:48: ntfy and matrix are in one entry",
    ],
    [
      "notify:\n- ntfy: { url: https://x/t }\n- ntfy: { url: https://x/u }",
      "4:3: another entry is called ntfy",
    ],
  ])("refuses %s", (lines, mistake) => {
    expect(mistakesOf(lines)).toEqual([mistake]);
  });

  it("shows no URL of a webhook when it is at the wrong place", () => {
    const { diagnostics } = parse(
      "notify:\n  - slack: { url: https://hooks.slack.com/services/T00000001/B00000001/aB3dEfGh1jKlMnOpQrStUvWx }",
    );
    expect(diagnostics.map(({ hint }) => hint)).toContain("the keys known here are url-file");
    expect(JSON.stringify(diagnostics)).not.toContain("aB3dEf");
  });
});
