/**
 * Reads the state of units, for people. Must not change anything on the host, nor make systemd load other units.
 */

import { restartGapUs } from "../../core/drift/restart-loop.ts";
import type { ListedUnit } from "../../core/model/unit-state.ts";
import type { MainExit, ServiceStatus, TimerStatus, UnitStatus } from "../../core/model/unit-status.ts";
import { typeOfUnit } from "../../core/units/unit-name.ts";
import type { UnitRow } from "../bus/manager-calls.ts";
import { type ClockReading, readClocks } from "./clocks.ts";
import { type GroupUsage, readGroupUsage } from "./control-groups.ts";
import type { Journal } from "./journal.ts";
import type { KnownUnits } from "./known-units.ts";
import { describeUnasked, isUnknown, readEach, toListed } from "./listed-units.ts";
import { findNextElapse } from "./next-elapse.ts";
import { readInvocation } from "./observed-units.ts";
import { readRestarts } from "./restart-log.ts";
import { readStartCheck } from "./start-check.ts";

/** As `readStatus` of ManagerPort. */
export async function readUnitStatus(
  known: KnownUnits,
  journal: Journal,
  names: readonly string[],
): Promise<ReadonlyMap<string, UnitStatus>> {
  const now = readClocks();
  const read = await readEach(known.bus, names, async (row, isResting) => {
    if (isUnknown(row)) return describeUnread(toListed(row));
    // A timer is read even when it rests: systemd must load its definition to tell what the timer triggers.
    return isResting && typeOfUnit(row.name) !== "timer" ? describeResting(row) : readOne(known, row, now);
  });
  const complete = await addRestarts(journal, read, now.realtimeUs);
  return new Map(names.map((name) => [name, complete.get(name) ?? describeUnread(describeUnasked(name))]));
}

/** Adds the automatic restarts. The journal is read once, and only for services that systemd has restarted lately. */
async function addRestarts(
  journal: Journal,
  read: ReadonlyMap<string, UnitStatus>,
  nowUs: number,
): Promise<ReadonlyMap<string, UnitStatus>> {
  const restarted = [...read.values()].flatMap(({ name, service }) =>
    service !== null && service.nRestarts > 0 && nowUs - service.mainStartUs < restartGapUs ? [name] : [],
  );
  if (restarted.length === 0) return read;
  // Three restarts, each within the gap of the one before, and the last within the gap of now.
  const restarts = await readRestarts(journal, restarted, nowUs - 3 * restartGapUs);
  const complete = (unit: UnitStatus): UnitStatus =>
    unit.service === null
      ? unit
      : { ...unit, service: { ...unit.service, restarts: restarts?.get(unit.name) ?? [] } };
  return new Map([...read].map(([name, unit]) => [name, complete(unit)]));
}

// Types whose interface has these properties (org.freedesktop.systemd1(5)).
const typesWithResult = new Set([
  "service",
  "socket",
  "timer",
  "path",
  "mount",
  "automount",
  "swap",
  "scope",
]);
const typesWithControlGroup = new Set(["service", "socket", "mount", "swap", "scope", "slice"]);

async function readOne(known: KnownUnits, row: UnitRow, now: ClockReading): Promise<UnitStatus> {
  const type = typeOfUnit(row.name);
  const hasControlGroup = typesWithControlGroup.has(type);
  const [times, invocationId, check, end, usage, service, timer] = await Promise.all([
    known.read(row, timestamps),
    readInvocation(known, row),
    row.activeState === "inactive" ? readStartCheck((names) => known.read(row, names)) : "nothing",
    typesWithResult.has(type) ? known.read(row, ["Result"]) : null,
    hasControlGroup ? readUsage(known, row) : null,
    type === "service" ? readService(known, row) : null,
    type === "timer" ? readTimer(known, row, now) : null,
  ]);
  return {
    ...toListed(row),
    unmet: check === "condition" || check === "assertion" ? check : null,
    invocationId,
    activeEnterUs: times.ActiveEnterTimestamp,
    activeExitUs: times.ActiveExitTimestamp,
    inactiveEnterUs: times.InactiveEnterTimestamp,
    stateChangeUs: times.StateChangeTimestamp,
    result: end?.Result ?? null,
    memoryCurrentBytes: usage?.memoryBytes ?? null,
    cpuUsageNs: usage?.cpuNs ?? null,
    service,
    timer,
  };
}

const timestamps = [
  "ActiveEnterTimestamp",
  "ActiveExitTimestamp",
  "InactiveEnterTimestamp",
  "StateChangeTimestamp",
] as const;

interface Usage {
  readonly memoryBytes: number | null;
  readonly cpuNs: number | null;
}

/** From the control group of a unit that has one, otherwise from systemd, which has noted what an ended run has used. */
async function readUsage(known: KnownUnits, row: UnitRow): Promise<Usage> {
  const { ControlGroup } = await known.read(row, ["ControlGroup"]);
  const group = readGroupUsage(ControlGroup);
  const baseNs = group === null ? null : await readCpuBase(known, row, group);
  if (baseNs !== null && group !== null) {
    return { memoryBytes: group.memoryBytes, cpuNs: Math.max(group.cpuNs - baseNs, 0) };
  }
  const { MemoryCurrent, CPUUsageNSec } = await known.read(row, ["MemoryCurrent", "CPUUsageNSec"]);
  return { memoryBytes: MemoryCurrent, cpuNs: CPUUsageNSec };
}

/**
 * What the group had used before the present run. It is not more than what systemd counts with, and less by what the unit uses
 * between the two questions at most. Null when systemd does not count.
 * @param group read before systemd is asked
 */
function readCpuBase(known: KnownUnits, row: UnitRow, group: GroupUsage): Promise<number | null> {
  return known.find(row, "CPU time before this run", async () => {
    const { CPUUsageNSec } = await known.read(row, ["CPUUsageNSec"]);
    return CPUUsageNSec === null ? null : Math.max(group.cpuNs - CPUUsageNSec, 0);
  });
}

async function readService(known: KnownUnits, row: UnitRow): Promise<ServiceStatus> {
  const read = await known.read(row, [
    "ExecMainCode",
    "ExecMainStatus",
    "NRestarts",
    "ExecMainStartTimestamp",
    "ExecMainExitTimestamp",
  ]);
  return {
    mainExit: describeExit(read.ExecMainCode, read.ExecMainStatus),
    nRestarts: read.NRestarts,
    restarts: [],
    mainStartUs: read.ExecMainStartTimestamp,
    mainEndUs: read.ExecMainExitTimestamp,
  };
}

async function readTimer(known: KnownUnits, row: UnitRow, now: ClockReading): Promise<TimerStatus> {
  const read = await known.read(row, [
    "NextElapseUSecRealtime",
    "NextElapseUSecMonotonic",
    "LastTriggerUSec",
  ]);
  return {
    nextElapseUs: findNextElapse(read.NextElapseUSecRealtime, read.NextElapseUSecMonotonic, now),
    lastTriggerUs: read.LastTriggerUSec,
  };
}

/** ExecMainCode is the `si_code` of the child's end: CLD_EXITED, CLD_KILLED, CLD_DUMPED of waitid(2); 0 before the first end. */
function describeExit(code: number, status: number): MainExit | null {
  const how = ({ 1: "exited", 2: "killed", 3: "dumped" } as const)[code];
  return how === undefined ? null : { how, status };
}

/** The status that systemd gives for a unit that it loads only for the question. */
function describeResting(row: UnitRow): UnitStatus {
  const type = typeOfUnit(row.name);
  return {
    ...describeUnread(toListed(row)),
    result: typesWithResult.has(type) ? "success" : null,
    service: type === "service" ? neverRan : null,
  };
}

const neverRan: ServiceStatus = {
  mainExit: null,
  nRestarts: 0,
  restarts: [],
  mainStartUs: 0,
  mainEndUs: 0,
};

function describeUnread(listed: ListedUnit): UnitStatus {
  return {
    ...listed,
    invocationId: null,
    unmet: null,
    activeEnterUs: 0,
    activeExitUs: 0,
    inactiveEnterUs: 0,
    stateChangeUs: 0,
    result: null,
    memoryCurrentBytes: null,
    cpuUsageNs: null,
    service: null,
    timer: null,
  };
}
