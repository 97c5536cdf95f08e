/** Deploy keys and pinned host keys as OpenSSH's own programs make and read them. */
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDeployKey, readDeployKey } from "../../../src/setup/deploy-key.ts";
import { hasHostKey, pinHostKey } from "../../../src/setup/host-keys.ts";
import { findSshServer, readHostKeys, type SshServer } from "../../../src/setup/ssh-server.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "gitops-agent-setup-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe("a deploy key", () => {
  it("is made with its public half beside it, readable by its owner only, and read back", async () => {
    const file = join(directory, "deploy_key");
    expect(await readDeployKey(file)).toBeNull();
    const made = await makeDeployKey(file, "gitops-agent@web-1");
    expect(made).toMatch(/^ssh-ed25519 \S+ gitops-agent@web-1$/);
    expect(await readFile(`${file}.pub`, "utf8")).toBe(`${made}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(directory)).sort()).toEqual(["deploy_key", "deploy_key.pub"]);
    await rm(`${file}.pub`);
    expect(await readDeployKey(file)).toBe(made);
  });

  it("that cannot be used is reported, and stays", async () => {
    const file = join(directory, "deploy_key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "a passphrase", "-f", file]);
    await expect(readDeployKey(file)).rejects.toMatchObject({ code: "config-invalid", subject: file });
    await writeFile(file, "no key\n");
    await chmod(file, 0o600);
    await expect(readDeployKey(file)).rejects.toMatchObject({ code: "config-invalid" });
    expect(await readFile(file, "utf8")).toBe("no key\n");
  });
});

describe("a pinned host key", () => {
  it("is added to what known_hosts has, and found again for its server and port only", async () => {
    const file = join(directory, "known_hosts");
    const server = findSshServer("ssh://git@git.example.org:2222/hosts.git") as SshServer;
    expect(await hasHostKey(server, file)).toBe(false);
    await writeFile(file, "# ours, without a line end");
    const { line, fingerprint } = await makeHostKey(server);
    await pinHostKey({ type: "ssh-ed25519", line, fingerprint }, file);
    expect(await readFile(file, "utf8")).toBe(`# ours, without a line end\n${line}\n`);
    expect(await hasHostKey(server, file)).toBe(true);
    expect(await hasHostKey({ ...server, port: null, knownAs: "git.example.org" }, file)).toBe(false);
    const shown = execFileSync("ssh-keygen", ["-l", "-F", server.knownAs, "-f", file], { encoding: "utf8" });
    expect(shown).toContain(fingerprint);
  });
});

async function makeHostKey(server: SshServer) {
  const file = join(directory, "host_key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  const [key] = readHostKeys(
    `x ${(await readFile(`${file}.pub`, "utf8")).split(" ").slice(0, 2).join(" ")}`,
    server,
  );
  if (key === undefined) throw new Error("no key");
  return key;
}
