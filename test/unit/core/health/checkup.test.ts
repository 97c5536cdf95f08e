/** How facts of the host are judged: versions, room, and what the sandbox lets the agent write. */
import { describe, expect, it } from "vitest";
import { judgeSpace, judgeVersion, listClosedPaths } from "../../../../src/core/health/checkup.ts";

const mebibyte = 1024 * 1024;

it.each([
  ["systemd", "systemd 257 (257.9-1~deb13u1)\n+PAM", "ok"],
  ["systemd", "systemd 251 (251)", "problem"],
  ["node", "v20.19.2", "ok"],
  ["node", "v20.18.0", "problem"],
  ["node", "v22.0.0", "ok"],
  ["git", "git version 2.39.5", "ok"],
  ["git", "git version 2.30.2", "problem"],
  ["git", null, "problem"],
  ["git", "no number", "problem"],
] as const)("%s of version '%s' is judged as %s", (name, text, result) => {
  expect(judgeVersion(name, text).result).toBe(result);
});

describe("room on a disk", () => {
  const space = { path: "/var/lib/gitops-agent", freeBytes: 500 * mebibyte, freeFiles: 10_000 };

  it.each([
    [{}, "ok"],
    [{ freeBytes: 100 * mebibyte }, "warning"],
    [{ freeBytes: 5 * mebibyte }, "problem"],
    [{ freeFiles: 3 }, "problem"],
    [{ freeFiles: null }, "ok"],
  ] as const)("with %o is judged as %s", (changes, result) => {
    expect(judgeSpace({ ...space, ...changes }).result).toBe(result);
  });
});

describe("the sandbox", () => {
  const sandbox = { readOnly: ["/usr", "/boot"], readWrite: ["/usr/local"], isHomeProtected: true };

  it("closes what is read-only, and not what a longer path opens again", () => {
    const paths = [
      "/etc/app.conf",
      "/usr/share/x",
      "/usr/local/bin/tool",
      "/usrlocal/x",
      "/boot/loader.conf",
    ];
    expect(listClosedPaths(paths, sandbox)).toEqual(["/usr/share/x", "/boot/loader.conf"]);
  });

  it("closes homes while they are protected", () => {
    expect(listClosedPaths(["/home/alice/.config/x"], sandbox)).toHaveLength(1);
    expect(listClosedPaths(["/home/alice/.config/x"], { ...sandbox, isHomeProtected: false })).toEqual([]);
  });

  it("closes everything below a read-only root but for what is opened", () => {
    const strict = { readOnly: ["/"], readWrite: ["/etc"], isHomeProtected: false };
    expect(listClosedPaths(["/etc/a", "/srv/b"], strict)).toEqual(["/srv/b"]);
  });
});
