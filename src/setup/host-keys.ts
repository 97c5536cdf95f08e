/**
 * Asks a git server for its host keys, and pins one in a file of the agent. Must not decide which one to trust: somebody who
 * sits between this host and the server can answer as well.
 */
import { readFile } from "node:fs/promises";
import { AgentError } from "../core/model/errors.ts";
import { writeFileAtomically } from "../lib/atomic-file.ts";
import { describeFailedCall, ifAbsent } from "../lib/system-error.ts";
import { runSshProgram } from "./ssh-program.ts";
import { type HostKey, readHostKeys, type SshServer } from "./ssh-server.ts";

const answerTimeoutSeconds = 10;

/**
 * The host keys that the server shows, the best kind first. Never empty.
 * @throws AgentError `repository-unreachable` when it shows none, `config-invalid` without ssh-keyscan
 */
export async function scanHostKeys(server: SshServer): Promise<readonly HostKey[]> {
  const port = server.port === null ? [] : ["-p", server.port];
  const options = ["-T", String(answerTimeoutSeconds), "-t", "ed25519,ecdsa,rsa", ...port];
  const { stdout, stderr } = await runSshProgram("ssh-keyscan", [...options, "--", server.host]);
  const keys = readHostKeys(stdout, server);
  if (keys.length > 0) return keys;
  throw new AgentError("repository-unreachable", `${server.knownAs} shows no host key`, {
    subject: server.knownAs,
    hint: "check the name in the repository's url, that the server is up, and that this host may connect to it",
    cause: new Error(stderr.trim()),
  });
}

/**
 * Whether a known_hosts file has a key of this server.
 * @throws AgentError `config-invalid` without ssh-keygen
 */
export async function hasHostKey(server: SshServer, knownHostsFile: string): Promise<boolean> {
  const { exitCode, stdout } = await runSshProgram("ssh-keygen", [
    "-F",
    server.knownAs,
    "-f",
    knownHostsFile,
  ]);
  return exitCode === 0 && stdout.trim() !== "";
}

/**
 * Adds the key to a known_hosts file, and makes that file where there is none (0644).
 * @throws AgentError `host-write-failed`
 */
export async function pinHostKey(key: HostKey, knownHostsFile: string): Promise<void> {
  try {
    const before = await readFile(knownHostsFile, "utf8").catch(ifAbsent(""));
    const separator = before === "" || before.endsWith("\n") ? "" : "\n";
    const text = `${before}${separator}${key.line}\n`;
    await writeFileAtomically(knownHostsFile, new TextEncoder().encode(text), { mode: 0o644 });
  } catch (error) {
    throw new AgentError("host-write-failed", ...describeFailedCall("write", knownHostsFile, error));
  }
}
