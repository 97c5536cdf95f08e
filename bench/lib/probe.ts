/**
 * Reads what a machine shows without asking anything in it: control groups, processes, InvocationIDs. Only what systemd
 * alone knows is asked of systemd, and never while something is measured.
 */
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Machine } from "../../test/support/machine/machine.ts";
import { parseProperties, splitBlocks } from "../../test/support/machine/machine-output.ts";
import type { Evidence } from "./cases.ts";
import type { Running } from "./interruptions.ts";
import { timerUnits } from "./units.ts";

const groups = "/sys/fs/cgroup";
export const managerGroup = "init.scope";

/** How long a control group must have used no CPU to count as quiet. */
const quietMs = 400;
/** What the timers of an idle process use in that time. */
const quietCpuMs = 2;
const quietDeadlineMs = 600_000;

export interface ProcessSample {
  /** User and system time of all threads, in steps of 10 ms; children are not in it. */
  readonly cpuMs: number;
  readonly residentMb: number;
  readonly peakMb: number;
}

export class Probe {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** CPU time of all processes that were ever in the group, milliseconds; 0 when there is no such group. */
  cpuMs(group: string): number {
    const text = this.#read(join(groups, group, "cpu.stat"));
    return Number(/^usage_usec (\d+)$/m.exec(text)?.[1] ?? 0) / 1000;
  }

  /** Null where the kernel does not count the memory of this group. */
  peakMb(group: string): number | null {
    const text = this.#read(join(groups, group, "memory.peak"));
    return text === "" ? null : Number(text) / 1024 / 1024;
  }

  readProcess(pid: number): ProcessSample {
    const fields = this.#read(`/proc/${pid}/stat`).split(" ");
    const status = this.#read(`/proc/${pid}/status`);
    const readMb = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
    return {
      cpuMs: (Number(fields[13]) + Number(fields[14])) * 10,
      residentMb: readMb("VmRSS"),
      peakMb: readMb("VmHWM"),
    };
  }

  /** From now on VmHWM is the peak (proc(5), clear_refs). */
  resetPeak(pid: number): void {
    writeFileSync(this.#locate(`/proc/${pid}/clear_refs`), "5");
  }

  /** Changes with each write of the file; 0 when there is none. */
  stampOf(path: string): number {
    return statSync(this.#locate(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  readText(path: string): string {
    return this.#read(path);
  }

  /** What runs now. systemd leaves the InvocationIDs of services as links; those of timers have to be asked for. */
  async listRunning(): Promise<Running> {
    const directory = this.#locate("/run/systemd/units");
    const prefix = "invocation:";
    const services = readdirSync(directory)
      .filter((name) => name.startsWith(`${prefix}bench-`))
      .map((name): [string, string] => [name.slice(prefix.length), readLink(join(directory, name))]);
    const timers = await this.#machine.invocationIds(timerUnits);
    return new Map([...services, ...timers].filter(([, invocation]) => invocation !== ""));
  }

  /** Waits until the group has used no CPU for a while. */
  async waitUntilQuiet(group: string): Promise<void> {
    const startMs = performance.now();
    let beforeMs = -1;
    for (let nowMs = this.cpuMs(group); nowMs - beforeMs > quietCpuMs; nowMs = this.cpuMs(group)) {
      if (performance.now() - startMs > quietDeadlineMs) throw new Error(`${group} does not come to rest`);
      beforeMs = nowMs;
      await delay(quietMs);
    }
  }

  /** When the change had its effect, in microseconds of CLOCK_MONOTONIC; null when systemd shows none. */
  async readEvidenceUs(evidence: Exclude<Evidence, "end">, units: readonly string[]): Promise<number | null> {
    const properties: Readonly<Record<typeof evidence, string>> = {
      process: "ExecMainStartTimestampMonotonic",
      load: "UnitsLoadTimestampMonotonic",
    };
    const property = properties[evidence];
    const argv = ["systemctl", "show", `--property=${property}`, "--", ...(evidence === "load" ? [] : units)];
    const blocks = splitBlocks(await this.#machine.check(argv));
    const times = blocks.map((block) => Number(parseProperties(block)[property] ?? 0));
    return times.length === 0 || times.includes(0) ? null : Math.max(...times);
  }

  #locate(path: string): string {
    const located = this.#machine.locate(path);
    if (located === undefined) throw new Error("a machine of this root cannot be looked into from outside");
    return located;
  }

  #read(path: string): string {
    try {
      return readFileSync(this.#locate(path), "utf8");
    } catch {
      return "";
    }
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // The unit has ended since the directory was listed.
    return "";
  }
}
