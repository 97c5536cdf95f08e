/**
 * Deletes what the agent keeps on a host. Deletes only names that the agent gives, so that a wrong directory in agent.yaml
 * costs nobody a file.
 */
import { lstat, readdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import { isTemporaryName } from "../lib/atomic-file.ts";
import { describeFailedCall, ifAbsent, ifErrno } from "../lib/system-error.ts";

type StateLayout = Pick<
  HostLayout,
  "stateDirectory" | "cloneDirectory" | "backupDirectory" | "stagingDirectory"
>;

/** Also the copies that are kept of a file that could not be read. */
const stateFile = /^(?:(?:inventory|sync|intent|history)\.json|hmac\.key)/;

/** The paths below the state directory that are the agent's; none without such a directory. */
export async function listState(layout: StateLayout): Promise<readonly string[]> {
  const directories = [layout.cloneDirectory, layout.backupDirectory, layout.stagingDirectory];
  const names = await readdir(layout.stateDirectory).catch(ifAbsent<string[]>([]));
  return names
    .filter((name) => stateFile.test(name) || isTemporaryName(name))
    .map((name) => path.join(layout.stateDirectory, name))
    .concat(await listPresent(directories));
}

/** Those of the paths at which something is. */
export async function listPresent(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((one) => lstat(one).catch(ifErrno(["ENOENT", "ENOTDIR"], null))));
  return paths.filter((_path, index) => found[index] !== null);
}

/**
 * Deletes files and whole directories; then the directories in `emptied`, unless something else is in them.
 * @throws AgentError `host-write-failed`
 */
export async function removePaths(paths: readonly string[], emptied: readonly string[]): Promise<void> {
  for (const one of paths) {
    await rm(one, { recursive: true, force: true }).catch((error: unknown) => fail(one, error));
  }
  for (const one of emptied) {
    // A mount point is left to its unit.
    const isKept = ifErrno(["ENOENT", "ENOTEMPTY", "EEXIST", "EBUSY"], undefined);
    await rmdir(one)
      .catch(isKept)
      .catch((error: unknown) => fail(one, error));
  }
}

function fail(target: string, error: unknown): never {
  throw new AgentError("host-write-failed", ...describeFailedCall("delete", target, error));
}
