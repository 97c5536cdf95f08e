/**
 * Reads from the control group file system what the processes of a unit use: for many units this is far less work than
 * asking systemd, which reads the same files. Must not throw.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";

const root = "/sys/fs/cgroup";
/** As long as `cpu.stat` can become. */
const longestFile = 4096;

export interface GroupUsage {
  /** Null when the memory of the group is not counted. */
  readonly memoryBytes: number | null;
  /** Since the group was made: a unit that was restarted may have kept its group. */
  readonly cpuNs: number;
}

/**
 * Null when the group is gone, or the host has no unified hierarchy.
 * @param path of the group, as systemd's property ControlGroup has it
 */
export function readGroupUsage(path: string): GroupUsage | null {
  // The root group has other files.
  if (path === "/" || path === "") return null;
  const usage = /^usage_usec (\d+)$/m.exec(readText(`${root}${path}/cpu.stat`) ?? "")?.[1];
  if (usage === undefined) return null;
  const memory = readText(`${root}${path}/memory.current`);
  return { memoryBytes: memory === null ? null : Number(memory), cpuNs: Number(usage) * 1000 };
}

/** Synchronous: these files are in memory, and a detour over the thread pool costs ten times as much as reading one. */
function readText(path: string): string | null {
  // An exception costs more than the reading.
  if (!existsSync(path)) return null;
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    const bytes = Buffer.allocUnsafe(longestFile);
    return bytes.toString("latin1", 0, readSync(file, bytes));
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}
