/** Writes agent.yaml for the first time. Must not replace one. */
import { chmod, lstat, mkdir } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import { writeFileAtomically } from "../lib/atomic-file.ts";
import { describeFailedCall, ifAbsent } from "../lib/system-error.ts";

export async function isThere(file: string): Promise<boolean> {
  const stats = await lstat(file).catch(ifAbsent(null));
  return stats !== null;
}

/**
 * Makes the directory of agent.yaml (0755) where it is missing. Keys in it have modes of their own.
 * @throws AgentError `host-write-failed`
 */
export async function makeConfigDirectory(directory: string): Promise<void> {
  try {
    // The umask of a careful administrator would make it 0700, and members of the group gitops-agent could not ask.
    if ((await mkdir(directory, { recursive: true })) !== undefined) await chmod(directory, 0o755);
  } catch (error) {
    throw new AgentError("host-write-failed", ...describeFailedCall("make", directory, error));
  }
}

/**
 * Writes a new agent.yaml (0644: it names files, and has no secret).
 * @throws AgentError `host-write-failed`
 */
export async function writeConfigFile(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomically(file, new TextEncoder().encode(text), { mode: 0o644 });
  } catch (error) {
    throw new AgentError("host-write-failed", ...describeFailedCall("write", path.resolve(file), error));
  }
}
