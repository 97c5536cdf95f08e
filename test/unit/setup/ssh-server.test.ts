/** Which server a URL names, and what ssh-keyscan says of it. */
import { describe, expect, it } from "vitest";
import { findSshServer, readHostKeys } from "../../../src/setup/ssh-server.ts";

describe("the ssh server of a repository's URL", () => {
  it.each([
    ["git@git.example.org:ops/hosts.git", "git.example.org", null, "git.example.org"],
    ["git.example.org:ops/hosts.git", "git.example.org", null, "git.example.org"],
    ["[2001:db8::1]:hosts.git", "2001:db8::1", null, "2001:db8::1"],
    ["git@[2001:db8::1]:hosts.git", "2001:db8::1", null, "2001:db8::1"],
    ["ssh://git@git.example.org/hosts.git", "git.example.org", null, "git.example.org"],
    ["ssh://git@git.example.org:22/hosts.git", "git.example.org", "22", "git.example.org"],
    ["ssh://git@git.example.org:2222/hosts.git", "git.example.org", "2222", "[git.example.org]:2222"],
    ["ssh://git@[2001:db8::1]:2222/hosts.git", "2001:db8::1", "2222", "[2001:db8::1]:2222"],
  ])("of %s is known by host and port", (url, host, port, knownAs) => {
    expect(findSshServer(url)).toEqual({ host, port, knownAs });
  });

  it.each([
    "https://git.example.org/hosts.git",
    "/srv/hosts.git",
    "file:///srv/hosts.git",
    "git://git.example.org/x",
  ])("is none for %s", (url) => {
    expect(findSshServer(url)).toBeNull();
  });
});

const server = { host: "git.example.org", port: "2222", knownAs: "[git.example.org]:2222" };
/** GitHub's, as docs.github.com has it. */
const ed25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

describe("what ssh-keyscan prints", () => {
  it("is read to the fingerprint that the operators of git servers publish", () => {
    expect(readHostKeys(`github.com ssh-ed25519 ${ed25519}\n`, { ...server, knownAs: "github.com" })).toEqual(
      [
        {
          type: "ssh-ed25519",
          fingerprint: "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
          line: `github.com ssh-ed25519 ${ed25519}`,
        },
      ],
    );
  });

  it("has the best kind of key first", () => {
    const scanned = `x ssh-rsa AAAA\nx ecdsa-sha2-nistp256 AAAB\nx ssh-ed25519 ${ed25519}\n`;
    const types = readHostKeys(scanned, server).map(({ type }) => type);
    expect(types).toEqual(["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]);
  });

  it("gives no line that another server, a comment or an option of known_hosts could slip into", () => {
    const scanned = [
      `*.example.com,other ssh-ed25519 ${ed25519}`,
      "# git.example.org:2222 SSH-2.0-OpenSSH_9.2",
      `@cert-authority * ssh-ed25519 ${ed25519}`,
      `x ssh-ed25519 ${ed25519} extra`,
      "x ssh-dss AAAA",
    ];
    const lines = readHostKeys(scanned.join("\n"), server).map(({ line }) => line);
    expect(lines).toEqual([`[git.example.org]:2222 ssh-ed25519 ${ed25519}`]);
  });
});
