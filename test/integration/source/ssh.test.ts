/** Deploy keys and host keys against a real sshd, on paths that no shell and no ssh would like. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { neverAborted, openRepository, waitUntil } from "./open-repository.ts";

const sshd = "/usr/sbin/sshd";
const isRoot = process.getuid?.() === 0;
const canServe = existsSync(sshd);
if (!canServe) {
  if (process.env["CI"] === "true") throw new Error(`CI=true allows no skipping: ${sshd} is not installed`);
  process.stderr.write(`skipped: ssh tests, ${sshd} is not installed (package openssh-server)\n`);
}

/** Quotes, blanks, a percent token and a command substitution. */
const hostileName = 'it\'s a "key" %h $(id) `id` \\d';

let directory = "";
let port = 0;
let server: ChildProcess | null = null;

function generateKey(path: string): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

async function writeKnownHosts(path: string, publicKeyFile: string): Promise<void> {
  const [type, key] = (await readFile(publicKeyFile, "utf8")).split(" ");
  await writeFile(path, `[127.0.0.1]:${port} ${type} ${key}\n`);
}

describe.skipIf(!canServe)("a repository behind ssh", () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gitops-agent-ssh-"));
    port = await findFreePort();
    for (const name of ["host_key", "other_host_key", "stranger"]) generateKey(join(directory, name));
    await mkdir(join(directory, "agent"));
    const key = join(directory, "agent", hostileName);
    generateKey(key);
    await copyFile(`${key}.pub`, join(directory, "authorized_keys"));
    await writeKnownHosts(join(directory, "agent", `${hostileName}.known`), join(directory, "host_key.pub"));
    await writeKnownHosts(join(directory, "wrong_hosts"), join(directory, "other_host_key.pub"));
    await writeFile(join(directory, "no_hosts"), "");
    const settings = [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(directory, "host_key")}`,
      `AuthorizedKeysFile ${join(directory, "authorized_keys")}`,
      `PidFile ${join(directory, "pid")}`,
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
    ];
    await writeFile(join(directory, "sshd_config"), `${settings.join("\n")}\n`);
    // sshd wants its privilege separation directory, which a unit would have made.
    if (isRoot) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    server = spawn(sshd, ["-D", "-e", "-f", join(directory, "sshd_config")], { stdio: "ignore" });
    await waitUntil(isListening);
  });

  afterAll(async () => {
    server?.kill();
    if (directory !== "") await rm(directory, { recursive: true, force: true });
  });

  async function openOverSsh(access: { sshKey?: string; knownHosts?: string } = {}) {
    const opened = await openRepository();
    const repository = opened.reopen({
      url: `ssh://${userInfo().username}@127.0.0.1:${port}${opened.source.bareDirectory}`,
      sshKey: join(directory, "agent", hostileName),
      knownHosts: join(directory, "agent", `${hostileName}.known`),
      ...access,
    });
    return { ...opened, repository };
  }

  it("is fetched with the deploy key and the known host key", async () => {
    const { source, repository } = await openOverSsh();
    const commit = await source.commit({ a: "1" });
    expect((await repository.fetch(neverAborted())).commit).toBe(commit);
  });

  it("is not trusted when its host key is unknown", async () => {
    const { repository } = await openOverSsh({ knownHosts: join(directory, "no_hosts") });
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
      code: "repository-unreachable",
      message: expect.stringContaining("is not known"),
      hint: expect.stringContaining(join(directory, "no_hosts")),
    });
    expect(await readFile(join(directory, "no_hosts"), "utf8")).toBe("");
  });

  it("is not trusted when its host key is another one than before", async () => {
    const { repository } = await openOverSsh({ knownHosts: join(directory, "wrong_hosts") });
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
      message: expect.stringContaining("another host key"),
      hint: expect.stringContaining(join(directory, "wrong_hosts")),
    });
  });

  it("that does not know the key says what to register", async () => {
    const { repository } = await openOverSsh({ sshKey: join(directory, "stranger") });
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
      message: expect.stringContaining("does not accept the ssh key"),
      hint: expect.stringContaining(join(directory, "stranger")),
    });
  });

  it("is not tried with a key that others can read", async () => {
    const key = join(directory, "open_key");
    await copyFile(join(directory, "agent", hostileName), key);
    await chmod(key, 0o644);
    const { repository } = await openOverSsh({ sshKey: key });
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({ hint: `Run: chmod 600 ${key}` });
  });

  it("says so when there is no such key", async () => {
    const { repository } = await openOverSsh({ sshKey: join(directory, "missing") });
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
      message: expect.stringContaining("no ssh key"),
      hint: expect.stringContaining(join(directory, "missing")),
    });
  });

  it("says so when there is no such repository", async () => {
    const { source, repository } = await openOverSsh();
    await rm(source.bareDirectory, { recursive: true });
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
      message: expect.stringContaining("there is no repository"),
    });
  });
});
