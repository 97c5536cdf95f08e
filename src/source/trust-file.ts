/**
 * Reads a file that says whose commits are trusted. Must not accept a file that another user could have written, and must
 * not interpret it.
 */
import { AgentError } from "../core/model/errors.ts";
import { type BoundedFile, readBoundedFile, UnsuitableFileError } from "../lib/bounded-file.ts";
import { explainSystemError } from "../lib/system-error.ts";

const longestTrustFile = 4 * 1024 * 1024;
const writableByOthers = 0o022;

/**
 * Reads a regular file that belongs to root, or to the user that the agent runs as, and that no other user may write. This
 * is strict because a person who can add a key to the file can become root on this host.
 * @param setting the name of the setting in agent.yaml
 * @throws AgentError `config-invalid`
 */
export async function readTrustFile(path: string, setting: string): Promise<Uint8Array> {
  const { bytes, stats } = await readWhole(path, setting);
  const isOwn = stats.uid === 0 || stats.uid === process.geteuid?.();
  if (!isOwn) {
    throw refuseFile(path, setting, `it belongs to the user with the id ${stats.uid}`, `chown root ${path}`);
  }
  if ((stats.mode & writableByOthers) !== 0) {
    throw refuseFile(path, setting, "other users may write it", `chmod go-w ${path}`);
  }
  return bytes;
}

async function readWhole(path: string, setting: string): Promise<BoundedFile> {
  try {
    return await readBoundedFile(path, { limitBytes: longestTrustFile, symlink: "follow" });
  } catch (error) {
    const isUnsuitable = error instanceof UnsuitableFileError;
    const what = isUnsuitable ? error.message : explainSystemError(error).what;
    throw new AgentError("config-invalid", `cannot read ${path}, which verify.${setting} names: ${what}`, {
      subject: path,
      hint: "Put the public keys there, or correct verify in the agent's configuration; no commit is applied meanwhile.",
      cause: error,
    });
  }
}

function refuseFile(path: string, setting: string, problem: string, command: string): AgentError {
  const message = `${path}, which verify.${setting} names, is not safe: ${problem}`;
  return new AgentError("config-invalid", message, {
    subject: path,
    hint: `Check what it contains, then run: ${command}`,
  });
}
