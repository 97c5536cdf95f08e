import { describe, expect, test } from "vitest";
import { parseAgentConfig } from "../../../src/config/agent-config.ts";
import { findTransport } from "../../../src/config/repository-url.ts";
import { makeUserScope, systemScope } from "../../../src/core/model/manager-scope.ts";
import { makeSystemLayout } from "../../../src/core/model/system-layout.ts";
import { makeUser } from "../../support/values/user-account.ts";
import { summarize } from "./support.ts";

const place = { file: "agent.yaml", hostname: "box", scope: systemScope };
const parse = (text: string) => parseAgentConfig(text, place);
const messagesOf = (text: string) => parse(text).diagnostics.map((diagnostic) => diagnostic.message);
const access = (fields: string) => `repository: { ${fields} }`;

describe("agent.yaml", () => {
  test("a repository is enough", () => {
    expect(parse("repository: /srv/git/hosts.git\n")).toEqual({
      config: {
        repository: {
          url: "/srv/git/hosts.git",
          branch: "main",
          followed: { kind: "branch", name: "main" },
        },
        host: "box",
        intervalMs: 60_000,
        identities: [],
        verify: null,
        protect: [],
        allowProtected: [],
        prune: true,
        allowEmpty: false,
        pruneLimitPercent: 50,
        layout: makeSystemLayout({
          unitDirectory: "/etc/systemd/system",
          quadletDirectory: "/etc/containers/systemd",
          stateDirectory: "/var/lib/gitops-agent",
          runtimeDirectory: "/run/gitops-agent",
        }),
        log: { format: "text", level: "info" },
        drift: { remindMs: null, graceMs: 2_000 },
        gate: { windows: [], confirm: false },
        integrations: expect.objectContaining({ metrics: null }),
      },
      diagnostics: [],
    });
  });

  test("every key arrives typed", () => {
    const { config, diagnostics } = parse(`
repository: { url: git@example.org:me/hosts.git, branch: stable/v1,
              ssh-key: /etc/gitops-agent/deploy_key, known-hosts: /etc/gitops-agent/known_hosts }
host: media-1
interval: 5min
identities: [/etc/gitops-agent/identity.txt, /etc/ssh/ssh_host_ed25519_key]
verify: { allowed-signers: /etc/gitops-agent/allowed_signers, gpg-keys: /etc/gitops-agent/keys.asc, commits: tip }
protect: ["nginx*", init.scope]
allow-protected: [-.slice]
prune: false
allow-empty: true
prune-limit: 5%
paths: { unit-directory: /a, quadlet-directory: /b, state-directory: /c, runtime-directory: /d }
log: { format: json, level: debug }
drift: { remind: 24h, grace: 5s }
windows: ["Mon 02:00..05:30"]
confirm: true
`);
    expect(diagnostics).toEqual([]);
    expect(config).toEqual({
      repository: {
        url: "git@example.org:me/hosts.git",
        branch: "stable/v1",
        followed: { kind: "branch", name: "stable/v1" },
        sshKey: "/etc/gitops-agent/deploy_key",
        knownHosts: "/etc/gitops-agent/known_hosts",
      },
      host: "media-1",
      intervalMs: 300_000,
      identities: ["/etc/gitops-agent/identity.txt", "/etc/ssh/ssh_host_ed25519_key"],
      verify: {
        allowedSigners: "/etc/gitops-agent/allowed_signers",
        gpgKeys: "/etc/gitops-agent/keys.asc",
        commits: "tip",
      },
      protect: ["nginx*", "init.scope"],
      allowProtected: ["-.slice"],
      prune: false,
      allowEmpty: true,
      pruneLimitPercent: 5,
      layout: makeSystemLayout({
        unitDirectory: "/a",
        quadletDirectory: "/b",
        stateDirectory: "/c",
        runtimeDirectory: "/d",
      }),
      log: { format: "json", level: "debug" },
      drift: { remindMs: 86_400_000, graceMs: 5_000 },
      integrations: expect.objectContaining({ metrics: null }),
      gate: {
        windows: [
          {
            text: "Mon 02:00..05:30",
            days: new Set([1]),
            from: { hour: 2, minute: 0 },
            to: { hour: 5, minute: 30 },
          },
        ],
        confirm: true,
      },
    });
  });

  test("without a repository there is nothing to do", () => {
    expect(summarize(parse("").diagnostics)).toEqual([
      '1:1 missing key "repository": the URL of a git repository, or a map with url',
    ]);
    expect(messagesOf("repository:\n")).toEqual([
      "expected the URL of a git repository, or a map with url, found nothing",
    ]);
  });

  test("all mistakes are reported at once, also those between two keys", () => {
    const text = `repository: { url: https://example.org/x.git, brnch: m, ssh-key: /k, token-file: t }
interval: 1s
identities: key.txt
verify: { allowed-signers: s, comits: tip }
log: { level: warn }
`;
    expect(summarize(parse(text).diagnostics)).toEqual([
      '1:47 unknown key "brnch"',
      "1:66 ssh-key is for ssh only, and the url is not an ssh one",
      "1:82 expected an absolute path: one that begins with /",
      "2:11 at least 5s is needed here",
      "3:13 expected a list of paths, found text",
      "4:28 expected an absolute path: one that begins with /",
      '4:31 unknown key "comits"',
      '5:15 expected one of warning, notice, info, debug, found "warn"',
    ]);
  });

  test("every new commit must be signed unless the tip is enough", () => {
    const { config } = parse("repository: /r\nverify: { gpg-keys: /k }\n");
    expect(config?.verify).toEqual({ gpgKeys: "/k", commits: "every" });
  });

  test.each(["verify: {}", "verify: { commits: tip }"])(
    "%s is refused, for it would trust nobody or everybody",
    (text) => {
      const { config, diagnostics } = parse(`repository: /r\n${text}\n`);
      expect(config).toBeNull();
      expect(summarize(diagnostics)).toEqual(["2:9 verify names no keys"]);
    },
  );

  test("a host name that cannot be a directory must be replaced in the file", () => {
    const parseOn = (hostname: string, text: string) => parseAgentConfig(text, { ...place, hostname });
    expect(parseOn("", "repository: /r").diagnostics[0]?.message).toContain("host");
    expect(parseOn("a/b", "repository: /r").config).toBeNull();
    expect(parseOn("a/b", "repository: /r\nhost: a").config?.host).toBe("a");
  });

  test("the agent of a user is named after the user and the machine, and has the places of the user", () => {
    const scope = makeUserScope(makeUser("alice", 1000));
    const parseAs = (text: string) => parseAgentConfig(text, { ...place, scope }).config;
    expect(parseAs("repository: /r")).toMatchObject({
      host: "alice@box",
      layout: { stateDirectory: "/home/alice/.local/state/gitops-agent", manager: "user" },
    });
    expect(parseAs("repository: /r\npaths: { unit-directory: /units }")?.layout.unitDirectory).toBe("/units");
    expect(parse("repository: /r\nhost: alice@media").config?.host).toBe("alice@media");
  });

  test("an interval stays below what a timer can wait", () => {
    expect(messagesOf("repository: /r\ninterval: 30d")).toEqual(["at most 7d is possible here"]);
  });
});

describe("the repository's URL", () => {
  test.each([
    ["https://example.org/me/hosts.git", "https"],
    ["https://git@example.org:8443/hosts.git", "https"],
    ["http://192.0.2.1/hosts.git", "http"],
    ["git://example.org/hosts.git", "git"],
    ["ssh://git@example.org:2222/hosts.git", "ssh"],
    ["git@example.org:me/hosts.git", "ssh"],
    ["example.org:hosts.git", "ssh"],
    ["me@[2001:db8::1]:hosts.git", "ssh"],
    ["/srv/git/hosts.git", "local"],
    ["file:///srv/git/hosts.git", "local"],
  ])("%s is reached by %s", (url, transport) => {
    expect(parse(`repository: "${url}"`).config?.repository.url).toBe(url);
    expect(findTransport(url)).toBe(transport);
  });

  test.each([
    "ext::sh -c id",
    "ext::id",
    "-oProxyCommand=id",
    "--upload-pack=id:x",
    "hosts.git",
    "../hosts.git",
    "ftp://example.org/x",
    "https://",
    "https:///x",
    "https://exa mple.org/x",
    "file://example.org/x",
    "a\\nb",
    "",
  ])("%j is refused", (url) => {
    expect(messagesOf(`repository: "${url}"`)).toEqual(["expected the URL of a git repository"]);
  });

  test.each([
    "https://me:hunter2@example.org/x.git",
    "https://:hunter2@example.org/x.git",
    "https://hunter2hunter2hunter2@example.org/x.git",
    "ssh://me:hunter2@example.org/x.git",
    "https://me:hun@ter2@example.org/x.git",
    "https://me:hunter2/x@example.org/x.git",
  ])("%s holds a password, which is shown nowhere", (url) => {
    for (const text of [`repository: ${url}\nhost: a b\n`, access(`url: ${url}, brnch: x`)]) {
      const { config, diagnostics } = parse(text);
      expect(config).toBeNull();
      expect(diagnostics.length).toBeGreaterThan(1);
      expect(JSON.stringify(diagnostics)).not.toMatch(/hun|ter2/);
    }
  });

  test("the answer to a password is the setting that replaces it", () => {
    const { diagnostics } = parse("repository: https://me:hunter2@example.org/x.git");
    expect(diagnostics[0]).toMatchObject({
      line: 1,
      column: 13,
      message: "the URL contains a password or a token",
    });
    expect(diagnostics[0]?.hint).toContain("token-file");
  });

  test("a secret under a mistyped key is not shown either", () => {
    const { diagnostics } = parse("repository: { url: /r,\n  password: hunter2 }\n");
    expect(summarize(diagnostics)).toEqual(['2:3 unknown key "password"']);
    expect(diagnostics[0]?.sourceLine).toBeUndefined();
  });

  test.each([
    ["url: /srv/x, token-file: /t", "token-file is for https only, and the url is not https"],
    ["url: http://h/x, token-file: /t", "token-file is for https only, and the url is not https"],
    ["url: 'me@h:x', token-file: /t", "token-file is for https only, and the url is not https"],
    ["url: https://h/x, ssh-key: /k", "ssh-key is for ssh only, and the url is not an ssh one"],
    ["url: /srv/x, known-hosts: /k", "known-hosts is for ssh only, and the url is not an ssh one"],
  ])("{ %s } mixes two ways to log in", (fields, message) => {
    expect(messagesOf(access(fields))).toEqual([message]);
  });

  test("a token for https", () => {
    expect(parse(access("url: https://h/x, token-file: /t")).config?.repository.tokenFile).toBe("/t");
  });

  test.each([
    "-x",
    "a..b",
    "a b",
    "refs/heads/main",
    "a/",
    "/a",
    "a.lock",
    "a.lock/b",
    ".a",
    "a/.b",
    "'a@{1}'",
    "'@'",
    "a~1",
    "''",
  ])("%s is not a branch", (branch) => {
    expect(messagesOf(access(`url: /r, branch: ${branch}`))).toEqual(["this cannot be the name of a branch"]);
  });
});

describe("what is followed", () => {
  const id = "3f2a91c0b1d2".padEnd(40, "7");

  test.each([
    ["tag: v1.2", { kind: "tag", name: "v1.2" }, "tag v1.2"],
    [`commit: ${id}`, { kind: "commit", name: id }, "commit 3f2a91c0b1d2"],
    ["branch: tag", { kind: "branch", name: "tag" }, "tag"],
  ])("{ %s }", (fields, followed, branch) => {
    const { config, diagnostics } = parse(access(`url: /r, ${fields}`));
    expect(diagnostics).toEqual([]);
    expect(config?.repository).toMatchObject({ followed, branch });
  });

  test("is one thing", () => {
    expect(messagesOf(access(`url: /r, branch: main, tag: v1, commit: ${id}`))).toEqual([
      "branch and tag exclude each other",
      "branch and commit exclude each other",
    ]);
  });

  test.each(["3f2a91c", "main", id.toUpperCase(), `${id}7`])("%s is not the id of a commit", (commit) => {
    expect(messagesOf(access(`url: /r, commit: ${commit}`))).toEqual([
      "expected the full id of a commit: 40 hexadecimal digits in lower case",
    ]);
  });

  test.each(["-x", "refs/tags/v1", "a b", "''"])("%s is not a tag", (tag) => {
    expect(messagesOf(access(`url: /r, tag: ${tag}`))).toEqual(["this cannot be the name of a tag"]);
  });
});
