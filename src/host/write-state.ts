/** Writes one file of the agent's state, whole or not at all. Must not know what is in it. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import { removeTemporaries, writeFileAtomically } from "../lib/atomic-file.ts";
import { describeFailedCall } from "../lib/system-error.ts";

/**
 * The file gets mode 0600. Its directory gets mode 0700 if it is created.
 * @throws AgentError `state-unwritable`; the old file is then still in place
 */
export async function writeState(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    // Only the process that holds the agent's lock writes, so a temporary file was left by a process that was killed.
    await removeTemporaries(path.dirname(file), path.basename(file));
    await writeFileAtomically(file, bytes, { mode: 0o600 });
  } catch (error) {
    throw new AgentError("state-unwritable", ...describeFailedCall("write", file, error));
  }
}
