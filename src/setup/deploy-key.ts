/** The key with which this host reads its repository. Must not overwrite one, and never sees its private half. */
import { lstat, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { AgentError } from "../core/model/errors.ts";
import { syncDirectory, temporaryPathFor } from "../lib/atomic-file.ts";
import { describeFailedCall, ifAbsent } from "../lib/system-error.ts";
import { runSshProgram } from "./ssh-program.ts";

/**
 * The public half of a private key file, as a line for authorized_keys; null when there is no such file.
 * @throws AgentError `config-invalid` when ssh-keygen cannot read it: it is damaged, or has a passphrase
 */
export async function readDeployKey(file: string): Promise<string | null> {
  const stats = await lstat(file).catch(ifAbsent(null));
  if (stats === null) return null;
  const { exitCode, stdout, stderr } = await runSshProgram("ssh-keygen", ["-y", "-P", "", "-f", file]);
  if (exitCode === 0) return stdout.trim();
  throw new AgentError("config-invalid", `cannot use the deploy key ${file}: ${lastLine(stderr)}`, {
    subject: file,
    hint: "it must be an OpenSSH private key without a passphrase, and mode 0600; move it away, and init makes a new one",
  });
}

/**
 * Makes an ed25519 key without a passphrase: FILE (0600), and FILE.pub beside it. A kill leaves no half of a key there.
 * @param comment what the forge shows beside the key
 * @returns the public half, as a line for authorized_keys
 * @throws AgentError `host-write-failed`, `config-invalid` without ssh-keygen
 */
export async function makeDeployKey(file: string, comment: string): Promise<string> {
  const temporary = temporaryPathFor(file);
  const options = ["-q", "-t", "ed25519", "-N", "", "-C", comment];
  const { exitCode, stderr } = await runSshProgram("ssh-keygen", [...options, "-f", temporary]);
  if (exitCode !== 0) {
    throw new AgentError("host-write-failed", `cannot make the deploy key ${file}: ${lastLine(stderr)}`, {
      subject: file,
      hint: "check the directory, and run this command as root",
    });
  }
  try {
    await rename(`${temporary}.pub`, `${file}.pub`);
    await rename(temporary, file);
    await syncDirectory(dirname(file));
  } catch (error) {
    throw new AgentError("host-write-failed", ...describeFailedCall("write", file, error));
  }
  return (await readDeployKey(file)) ?? "";
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
