/** Makes the private directory of a stage. Removes those that a killed agent has left, and nothing else. */
import { lstat, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";

const stagePrefix = "gitops-agent-verify-";
/** Longer than any validation takes: a stage of this age was left by an agent that was killed. */
const staleAfterMs = 15 * 60_000;

/**
 * A new directory below `directory`, which is made when it is missing. Only its owner can read it.
 * @throws Error of the operating system, with its `code`
 */
export async function makeStageRoot(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await sweepStaleStages(directory);
  return mkdtemp(path.join(directory, stagePrefix));
}

async function sweepStaleStages(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(stagePrefix)) continue;
    const stale = path.join(directory, name);
    const stats = await lstat(stale).catch(() => null);
    const isOurs = stats?.isDirectory() === true && stats.uid === process.getuid?.();
    if (!isOurs || Date.now() - stats.mtimeMs < staleAfterMs) continue;
    await rm(stale, { recursive: true, force: true });
  }
}
