/**
 * Where an nspawn machine keeps its disk and console log, who it belongs to, and the removal of machines whose owner died
 * without doing so. Boots nothing.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identifyProcess, isAlive, type ProcessIdentity } from "./processes.ts";

/** Not below /tmp: that is often memory, and a machine's disk can grow. */
const MACHINES_DIRECTORY = "/var/tmp/gitops-agent-machines";
const CGROUP_DIRECTORIES = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

export interface MachineDirectory {
  readonly path: string;
  readonly consoleLog: string;
  /** Relative to the root of the control group hierarchy. */
  readonly cgroup: string;
}

/** Creates the directory of a new machine, owned by this process. */
export function createMachineDirectory(name: string): MachineDirectory {
  const directory = describeDirectory(name);
  mkdirSync(MACHINES_DIRECTORY, { recursive: true, mode: 0o700 });
  // Complete before it has its name: a sweep in another process never sees a directory without an owner.
  const unfinished = join(MACHINES_DIRECTORY, `.${name}`);
  mkdirSync(join(unfinished, "root"), { recursive: true });
  mkdirSync(join(unfinished, "disk"));
  recordOwner(unfinished, process.pid);
  renameSync(unfinished, directory.path);
  return directory;
}

/** Makes another process the owner: the machine may be removed when that one has ended. */
export function recordOwner(path: string, pid: number): void {
  writeFileSync(join(path, "owner.json"), JSON.stringify(identifyProcess(pid)));
}

/** Removes files and control groups of a machine that has no processes any more. */
export function removeMachineDirectory(directory: MachineDirectory): void {
  for (const mount of CGROUP_DIRECTORIES) removeCgroup(join(mount, directory.cgroup));
  rmSync(directory.path, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes every machine whose owner is dead. Its processes and mounts died with the owner. */
export function sweepStaleMachines(): void {
  for (const name of readdirIfPresent(MACHINES_DIRECTORY)) {
    const directory = describeDirectory(name);
    const owner = name.startsWith(".") ? undefined : readOwner(directory.path);
    if (owner !== undefined && !isAlive(owner)) removeMachineDirectory(directory);
  }
}

function describeDirectory(name: string): MachineDirectory {
  const path = join(MACHINES_DIRECTORY, name);
  return { path, consoleLog: join(path, "console.log"), cgroup: `gitops-agent-test-${name}` };
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(path, "owner.json"), "utf8")) as ProcessIdentity;
  } catch {
    // Another process is removing it at this moment.
    return undefined;
  }
}

/** Control groups are removed from the leaves up; the files in them cannot be. */
function removeCgroup(path: string): void {
  for (const entry of readdirIfPresent(path, "directories")) removeCgroup(join(path, entry));
  try {
    rmdirSync(path);
  } catch {
    // Not there, or a dying process still counts as its member: it is harmless, and the next machine's name differs.
  }
}

function readdirIfPresent(path: string, kind: "all" | "directories" = "all"): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => kind === "all" || entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}
