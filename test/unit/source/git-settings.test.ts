/** The configuration text and the environment of the agent's git processes. */
import { describe, expect, it } from "vitest";
import {
  buildFetchEnvironment,
  buildReadEnvironment,
  formatSettings,
  quoteSshPath,
} from "../../../src/source/git-settings.ts";

const access = {
  url: "https://git.example.org/me/hosts.git",
  branch: "main",
  followed: { kind: "branch", name: "main" },
} as const;

describe("formatSettings", () => {
  it("mentions neither key nor token paths, so that no shell ever parses them", () => {
    const paths = { sshKey: "/k/$(id)'", knownHosts: "/h/`id`", tokenFile: '/t/"; id' };
    const text = formatSettings({ access: { ...access, ...paths }, timeoutMs: 5000, trustedDirectories: [] });
    for (const path of Object.values(paths)) expect(text).not.toContain(path);
  });

  it("binds the token to the origin of the URL", () => {
    const text = formatSettings({
      access: { ...access, tokenFile: "/t" },
      timeoutMs: 5000,
      trustedDirectories: [],
    });
    expect(text).toContain('[credential "https://git.example.org"]');
    expect(text).not.toContain("[credential]");
  });

  it("offers the token to nothing but http", () => {
    const overSsh = { ...access, url: "git@git.example.org:me/hosts.git", tokenFile: "/t" };
    expect(formatSettings({ access: overSsh, timeoutMs: 5000, trustedDirectories: [] })).not.toContain(
      "credential",
    );
  });
});

describe("what a fetch asks for", () => {
  const id = "3f2a".repeat(10);

  it.each([
    ["branch", "main", "+refs/heads/main:refs/remotes/origin/main"],
    ["tag", "v1", "+refs/tags/v1:refs/tags/v1"],
    ["commit", id, `${id}:refs/gitops-agent/commits/${id}`],
  ] as const)("is one %s and nothing else", (kind, name, refspec) => {
    const text = formatSettings({
      access: { ...access, followed: { kind, name } },
      timeoutMs: 5000,
      trustedDirectories: [],
    });
    expect(text.match(/\tfetch = .*/g)).toEqual([`\tfetch = "${refspec}"`]);
  });
});

describe("the environment of git", () => {
  const hostile = {
    PATH: "/usr/bin",
    GIT_DIR: "/elsewhere",
    GIT_CONFIG_COUNT: "1",
    GIT_TRACE_CURL: "1",
    GIT_SSH_COMMAND: "sh",
    LD_PRELOAD: "/x.so",
    XDG_CONFIG_HOME: "/x",
    SSH_ASKPASS: "/x",
    EDITOR: "vi",
    HOME: "/root",
    LANG: "de_DE.UTF-8",
  };

  it("takes over nothing of the caller that steers git", () => {
    const environment = buildReadEnvironment("/state/clone", hostile);
    expect(environment).toMatchObject({ GIT_DIR: "/state/clone", HOME: "/state/clone", LC_ALL: "C" });
    for (const name of [
      "GIT_CONFIG_COUNT",
      "GIT_TRACE_CURL",
      "GIT_SSH_COMMAND",
      "LD_PRELOAD",
      "SSH_ASKPASS",
      "EDITOR",
    ]) {
      expect(environment).not.toHaveProperty(name);
    }
  });

  it("keeps the proxy that the host needs", () => {
    expect(buildReadEnvironment("/c", { https_proxy: "http://proxy:3128" })).toMatchObject({
      https_proxy: "http://proxy:3128",
    });
  });

  it("names the token by its path", () => {
    const environment = buildFetchEnvironment("/c", "/c/conf", { ...access, tokenFile: "/etc/token" }, {});
    expect(environment).toMatchObject({
      GITOPS_AGENT_TOKEN_FILE: "/etc/token",
      GIT_CONFIG_GLOBAL: "/c/conf",
    });
  });
});

describe("quoteSshPath", () => {
  it("keeps spaces, quotes and percent signs from meaning anything to ssh", () => {
    expect(quoteSshPath('/a b/%h/"c"\\d')).toBe('"/a b/%%h/\\"c\\"\\\\d"');
  });
});
