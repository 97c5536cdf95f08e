/** What /proc tells about processes on this host: identity, end, children. Starts and signals nothing by itself. */
import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between the host's boot and the start of the process. */
  readonly startTicks: string;
}

/** @throws ENOENT when there is no such process */
export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startTicks: readStat(pid)[19] ?? "" };
}

/** True while this very process runs. One that has ended and waits for its parent to notice (a zombie) does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    const stat = readStat(identity.pid);
    return stat[19] === identity.startTicks && stat[0] !== "Z";
  } catch {
    return false;
  }
}

/** The fields of /proc/PID/stat from the third on: state, parent, … */
function readStat(pid: number): string[] {
  // The name in field 2 may contain spaces and parentheses.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** The processes that this one has started and that still exist; none when it has ended itself. */
export function listChildren(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return children.trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** PID 1 of the machine that this systemd-nspawn runs; undefined before it has started and after it has ended. */
export function findContainerInit(nspawnPid: number): number | undefined {
  return listChildren(nspawnPid).find(isContainerInit);
}

function isContainerInit(pid: number): boolean {
  try {
    const namespacePids = /^NSpid:\s+(.*)$/mu
      .exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
      ?.split(/\s+/u);
    // Until it executes systemd, the process is a copy of systemd-nspawn that still sets up the machine.
    return namespacePids?.at(-1) === "1" && basename(readlinkSync(`/proc/${pid}/exe`)) !== "systemd-nspawn";
  } catch {
    return false;
  }
}
