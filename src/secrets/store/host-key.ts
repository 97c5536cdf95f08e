/**
 * The key with which this host makes digests of secrets, so that secrets cannot be guessed from the state file. Must
 * not replace a key that it cannot use: every digest would change, and every service with a secret would restart.
 */
import { randomBytes } from "node:crypto";
import { link, mkdir, unlink } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../../core/model/errors.ts";
import { syncDirectory, temporaryPathFor, writeNewFile } from "../../lib/atomic-file.ts";
import { readPrivateFile } from "../../lib/private-file.ts";
import { describeFailedCall, errnoOf, explainSystemError } from "../../lib/system-error.ts";

const keyBytes = 32;

/**
 * Reads `hmac.key` below the state directory; creates it (0600) when there is none.
 * @returns 32 bytes
 * @throws AgentError `state-unreadable` for a file that is not such a key, `host-write-failed`
 */
export async function loadHostKey(stateDirectory: string): Promise<Uint8Array> {
  const keyPath = path.join(stateDirectory, "hmac.key");
  return (await readKey(keyPath)) ?? (await createKey(keyPath));
}

async function readKey(keyPath: string): Promise<Uint8Array | null> {
  try {
    const key = await readPrivateFile(keyPath, 1024);
    if (key.byteLength === keyBytes) return key;
    throw new Error(`it has ${key.byteLength} bytes instead of ${keyBytes}`);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw new AgentError("state-unreadable", `cannot use ${keyPath}: ${explainSystemError(error).what}`, {
      subject: keyPath,
      hint: `make it root's own (chmod 600), or restore it; when it is lost, remove it: services with secrets then restart once`,
      cause: error,
    });
  }
}

async function createKey(keyPath: string): Promise<Uint8Array> {
  const directory = path.dirname(keyPath);
  const temporary = temporaryPathFor(keyPath);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeNewFile(temporary, randomBytes(keyBytes), { mode: 0o600 });
    // A link, not a rename: when two processes create the key at once, both use the key of the first one.
    await link(temporary, keyPath).catch((error: unknown) => {
      if (errnoOf(error) !== "EEXIST") throw error;
    });
    await unlink(temporary);
    await syncDirectory(directory);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw new AgentError("host-write-failed", ...describeFailedCall("create", keyPath, error));
  }
  const key = await readKey(keyPath);
  if (key === null) throw new AgentError("state-unreadable", `${keyPath} vanished`, { subject: keyPath });
  return key;
}
