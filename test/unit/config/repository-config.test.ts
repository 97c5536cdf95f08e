import { describe, expect, test } from "vitest";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";
import type { RepositoryConfig } from "../../../src/core/model/rules.ts";
import { hintsOf, summarize } from "./support.ts";

const parse = (text: string) => parseRepositoryConfig(text, "gitops.yaml");

/** The single finding of a text. */
function findingOf(text: string): { message: string; hint: string | undefined } {
  const { config, diagnostics } = parse(text);
  expect(config).toBeNull();
  expect(summarize(diagnostics)).toHaveLength(1);
  return { message: diagnostics[0]?.message ?? "", hint: diagnostics[0]?.hint };
}

const defaults: RepositoryConfig = {
  layout: { units: ["units"], files: ["files"], secrets: ["secrets"] },
  admins: [],
  hosts: new Map(),
  defaults: { drift: "report", health: { settleMs: 5000, timeoutMs: 90_000 } },
  units: new Map(),
  files: new Map(),
};

describe("drift in gitops.yaml", () => {
  test("is a word, or a map by kind, for all units, for one, and for a file", () => {
    const { config, diagnostics } = parse(`
defaults: { drift: { stopped: correct } }
units:
  a.service: { drift: ignore }
  b.service: { drift: { default: correct, foreign-drop-in: ignore, ignore: [/etc/systemd/system.control/*] } }
files:
  /etc/app.conf: { drift: { mode: correct } }
`);
    expect(diagnostics).toEqual([]);
    expect(config?.defaults.drift).toEqual({ kinds: { stopped: "correct" } });
    expect(config?.units.get("a.service")).toEqual({ drift: "ignore" });
    expect(config?.units.get("b.service")).toEqual({
      drift: {
        default: "correct",
        kinds: { "foreign-drop-in": "ignore" },
        ignore: ["/etc/systemd/system.control/*"],
      },
    });
    expect(config?.files.get("/etc/app.conf")).toEqual({ drift: { kinds: { mode: "correct" } } });
  });

  test.each([
    ["stoped: correct", 'unknown key "stoped"', 'did you mean "stopped"?'],
    ["stopped: corect", 'expected one of report, correct, ignore, found "corect"', "did you mean correct?"],
    ["default: 5", "expected one of report, correct, ignore, found a number", undefined],
    ["ignore: [etc/x]", "expected an absolute path: one that begins with /", undefined],
    ["ignore: ['/etc/[x']", 'the brackets in "/etc/[x" do not match', undefined],
    ["ignore: ['/etc/[z-a]']", '"/etc/[z-a]" cannot be used as a pattern', "write ranges upwards: [a-z]"],
    ["ignore: /etc/x", "expected a list of paths, found text", "write it as a list: [one, two]"],
  ])("is refused with a place and a hint when it says %s", (entry, message, hint) => {
    const { diagnostics } = parse(`units:\n  a.service:\n    drift:\n      ${entry}\n`);
    expect(diagnostics).toMatchObject([{ file: "gitops.yaml", line: 4, message }]);
    expect(diagnostics[0]?.column).toBeGreaterThan(6);
    expect(diagnostics[0]?.hint).toBe(hint);
  });

  test("is refused as a whole when it is neither a word nor a map", () => {
    expect(findingOf("defaults: { drift: [report] }").message).toBe(
      "expected report, correct, ignore, or a map of kinds, found a list",
    );
    expect(findingOf("defaults: { drift: corect }").hint).toBe("did you mean correct?");
  });
});

describe("gitops.yaml", () => {
  test.each(["", "# nothing yet\n", "---\n", "layout:\nadmins:\nhosts:\ndefaults:\nunits:\nfiles:\n"])(
    "%j means the defaults",
    (text) => {
      expect(parse(text)).toEqual({ config: defaults, diagnostics: [] });
    },
  );

  test("every key arrives typed", () => {
    const { config, diagnostics } = parse(`
layout: { units: [etc/systemd], files: [root, more/root] }
admins: [age1abc, ssh-ed25519 AAAAC3 me@desk]
hosts:
  media-1: { roles: [media, nfs_server], recipient: age1xyz }
  bare:
defaults: { drift: ignore, health: { settle: 10s } }
units:
  ots-worker@.service: { instances: [email, 'var-lib', 'a\\x2db', "8080"] }
  web.service: { on-change: reload, drift: correct, health: { timeout: 2min, check: [/bin/true, "a b"] } }
  "web-*.service": { state: stopped }
  legacy.timer:
files:
  /etc/onetime/environment: { mode: "0640", owner: ots, group: onetime, restarts: [ots.target] }
  /usr/local/bin/x: { mode: "4755" }
`);
    expect(diagnostics).toEqual([]);
    expect(config).toEqual({
      layout: { units: ["etc/systemd"], files: ["root", "more/root"], secrets: ["secrets"] },
      admins: ["age1abc", "ssh-ed25519 AAAAC3 me@desk"],
      hosts: new Map([
        ["media-1", { roles: ["media", "nfs_server"], recipient: "age1xyz" }],
        ["bare", { roles: [] }],
      ]),
      defaults: { drift: "ignore", health: { settleMs: 10_000, timeoutMs: 90_000 } },
      units: new Map<string, unknown>([
        ["ots-worker@.service", { instances: ["email", "var-lib", "a\\x2db", "8080"] }],
        [
          "web.service",
          {
            onChange: "reload",
            drift: "correct",
            health: { timeoutMs: 120_000, check: ["/bin/true", "a b"] },
          },
        ],
        ["web-*.service", { state: "stopped" }],
        ["legacy.timer", {}],
      ]),
      files: new Map<string, unknown>([
        [
          "/etc/onetime/environment",
          { mode: 0o640, owner: "ots", group: "onetime", restarts: ["ots.target"] },
        ],
        ["/usr/local/bin/x", { mode: 0o4755 }],
      ]),
    });
  });

  test("all mistakes are reported at once", () => {
    const text = `layuot: {}
admins: bob
hosts:
  "../x": {}
  m: { roles: 12, recipent: age1x }
units:
  web.servce: {}
  web.service:
    on_change: reload
    instances: [a, 8080]
files:
  /etc/a: { mode: 0640, restarts: [ots.trget] }
`;
    expect(summarize(parse(text).diagnostics)).toEqual([
      '1:1 unknown key "layuot"',
      "2:9 expected a list of public keys, found text",
      '4:3 "../x" cannot be the name of a directory',
      "5:15 expected a list of role names, found a number",
      '5:19 unknown key "recipent"',
      '7:3 "web.servce" is not the name of a unit',
      '9:5 unknown key "on_change"',
      "10:16 only a template has instances",
      "10:20 expected an instance name, found a number",
      "12:19 expected a file mode in quotes, found a number",
      '12:36 "ots.trget" is not the name of a unit',
    ]);
  });
});

describe("hooks of files", () => {
  test("are one command or several, and units; their key may be a pattern", () => {
    const { config, diagnostics } = parse(`
files:
  /etc/sysctl.d/*: { run: [sysctl, --system] }
  /etc/nginx/a.conf: { run: [[nginx, -t], [/bin/true]], reloads: [nginx.service] }
`);
    expect(diagnostics).toEqual([]);
    expect([...(config?.files ?? [])]).toEqual([
      ["/etc/sysctl.d/*", { run: [["sysctl", "--system"]] }],
      ["/etc/nginx/a.conf", { run: [["nginx", "-t"], ["/bin/true"]], reloads: ["nginx.service"] }],
    ]);
  });

  test.each([
    ["sysctl --system", "write it as a list: [sysctl, --system]"],
    ["systemctl restart a && true", "write each argument by itself, as a list: there is no shell"],
  ])("the text %j is no command", (text, hint) => {
    const { message, hint: shown } = findingOf(`files: { /etc/a: { run: "${text}" } }`);
    expect([message, shown]).toEqual(["expected a command as a list of arguments, found text", hint]);
  });

  test.each([
    ["[]", "expected a command, found an empty list"],
    ["[[]]", "expected a command, found an empty list"],
    ["[a, [b]]", "these are arguments and commands in one list"],
    ["[bin/a]", "a program is an absolute path, or a name without a path"],
    ["['sysctl --system']", "a program is an absolute path, or a name without a path"],
    ["[-x]", "a program is an absolute path, or a name without a path"],
    ["[/bin/../a]", 'expected a normalized path, found ".." in it'],
    ["[sleep, 5]", "expected a command as a list of arguments, found a number"],
  ])("%s is no command", (text, message) => {
    expect(findingOf(`files: { /etc/a: { run: ${text} } }`).message).toBe(message);
  });

  test("a number among the arguments is to be quoted", () => {
    expect(findingOf("files: { /etc/a: { run: [sleep, 5] } }").hint).toBe('quote it: "5"');
  });

  test("too many arguments and commands are refused", () => {
    const many = (count: number, item: string) => `[${Array.from({ length: count }, () => item).join(", ")}]`;
    expect(findingOf(`files: { /etc/a: { run: ${many(65, "x")} } }`).message).toContain("at most 64");
    expect(findingOf(`files: { /etc/a: { run: ${many(17, "[x]")} } }`).message).toContain("at most 16");
  });
});

describe("values that YAML takes for numbers", () => {
  test.each(["0640", "0o640"])("%s without quotes is a number to YAML: the hint quotes it", (mode) => {
    expect(findingOf(`files: { /etc/a: { mode: ${mode} } }`)).toEqual({
      message: "expected a file mode in quotes, found a number",
      hint: 'quote it: "0640"',
    });
  });

  test("a time span without a unit gets one in the hint", () => {
    expect(findingOf("defaults: { health: { settle: 5 } }")).toEqual({
      message: "expected a time span such as 90s or 1min 30s, found a number",
      hint: "write 5s",
    });
  });

  test.each(["rw-r--r--", "0999", "64", "00640"])("%j is not a mode", (mode) => {
    expect(findingOf(`files: { /etc/a: { mode: "${mode}" } }`).message).toContain("not a file mode");
  });
});

describe("names of units", () => {
  const keys = [
    "-.mount",
    "a:b@c.service",
    "'*'",
    "'web-*'",
    "'web.*'",
    "'[!a-c]?.timer'",
    "'x\\x2dy.service'",
    "'x@*.service'",
  ];
  test.each(keys)("%s is a name or a pattern", (key) => {
    expect(parse(`units: { ${key}: { state: auto } }`).diagnostics).toEqual([]);
  });

  test.each([
    "web",
    "a/b.service",
    "web.conf",
    "'web-*.srvice'",
    "'[z-a].service'",
    "'a[.service'",
    "'{a,b}.service'",
  ])("%s is neither", (key) => {
    findingOf(`units: { ${key}: { state: auto } }`);
  });

  test("a quadlet's key is answered with the name of its service", () => {
    expect(findingOf("units: { media.network: {} }").hint).toContain("media-network.service");
  });

  test("a file's dependents are whole names", () => {
    findingOf("files: { /etc/a: { restarts: ['web-*.service'] } }");
  });
});

describe("instances", () => {
  test("belong to a template, also by pattern", () => {
    expect(parse("units: { 'ots-*@.service': { instances: [a] } }").diagnostics).toEqual([]);
    expect(findingOf("units: { ots@a.service: { instances: [a] } }").hint).toContain("x@.service");
  });

  // Expected values are what `systemd-escape -- TEXT` prints.
  test.each([
    ["my db", "my\\x20db"],
    ["a/b-c", "a-b\\x2dc"],
    ["größe", "gr\\xc3\\xb6\\xc3\\x9fe"],
    [".a b", "\\x2ea\\x20b"],
  ])("%j needs escaping, and the hint does it", (instance, escaped) => {
    expect(findingOf(`units: { x@.service: { instances: ["${instance}"] } }`).hint).toContain(`'${escaped}'`);
  });
});

describe("paths", () => {
  test.each(["etc/a", "/", "/etc/", "/etc//a", "/etc/../a", "/./a", '"/a\\0b"'])(
    "%s is not the path of a managed file",
    (path) => {
      findingOf(`files: { ${path}: { owner: root } }`);
    },
  );

  test.each(["/units", "../units", "units/", "./units", "**/units", "'[z-a]'", "''"])(
    "%s is not a directory of the layout",
    (path) => {
      findingOf(`layout: { units: [${path}] }`);
    },
  );

  test("a file of the repository has one meaning", () => {
    expect(findingOf("layout: { units: [etc/systemd], files: [etc] }").message).toContain("overlap");
    expect(findingOf("layout: { units: [a, a] }").message).toBe('"a" is listed twice');
    expect(findingOf("layout: { units: [secrets] }").message).toBe('"secrets" is listed twice');
    expect(parse("layout: { units: [etc], files: [etc2] }").diagnostics).toEqual([]);
  });
});

describe("health", () => {
  test.each([
    ["settle: 2min, timeout: 1min", "settle must be shorter than timeout, or no unit is ever healthy"],
    ["settle: soon", "expected a time span such as 90s or 1min 30s"],
    ["timeout: infinity", "expected a time span such as 90s or 1min 30s"],
    ["timeout: 0s", "at least 1s is needed here"],
    ["timeout: 2d", "at most 1d is possible here"],
    ["check: []", "expected a command, found an empty list"],
    ["check: [curl, -f]", "expected an absolute path: one that begins with /"],
    ["check: /bin/true", "expected a command as a list of arguments, found text"],
  ])("{ %s } is refused", (rules, message) => {
    expect(findingOf(`units: { a.service: { health: { ${rules} } } }`).message).toBe(message);
  });

  test("the defaults count when only one of the two is given for every unit", () => {
    findingOf("defaults: { health: { timeout: 4s } }");
    expect(parse("units: { a.service: { health: { timeout: 4s } } }").diagnostics).toEqual([]);
  });
});

describe("keys in the repository", () => {
  test.each(["bob", "age2x", "ssh-rsa AAAA", "'ssh-ed25519 '"])("%s is not a public key", (key) => {
    expect(findingOf(`admins: [${key}]`).message).toContain("expected a public key");
  });

  test("a private key is refused, and shown nowhere", () => {
    const { diagnostics } = parse("hosts: { m: { recipient: AGE-SECRET-KEY-1QQPQ } }");
    expect(diagnostics[0]?.message).toContain("private key");
    expect(JSON.stringify(diagnostics)).not.toContain("QQPQ");
  });

  test("no line of a file with an armored private key is shown", () => {
    const text = `admins:\n  - |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    b3BlbnNz\n  b3BlbnNz: x\n`;
    const { diagnostics } = parse(text);
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.every((diagnostic) => diagnostic.sourceLine === undefined)).toBe(true);
  });

  test("a host's name is a directory's name", () => {
    expect(hintsOf(parse("hosts: { 'a b': {}, -x: {}, .y: {}, ok-1.example: {} }").diagnostics)).toHaveLength(
      3,
    );
  });
});
