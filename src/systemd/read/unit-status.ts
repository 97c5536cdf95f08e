/**
 * Reads how units do, for people. Must not change anything on the host, nor load what it was not asked for.
 */

import { restartGapUs } from "../../core/health/restart-loop.ts";
import type { MainExit, ServiceStatus, TimerStatus, UnitStatus } from "../../core/model/unit-status.ts";
import { isTemplateName, typeOfUnit } from "../../core/units/unit-name.ts";
import { askEach } from "../bus/ask-each.ts";
import type { Bus } from "../bus/bus.ts";
import {
  findResting,
  listUnitsByNames,
  readProperty,
  type UnitRow,
  unitInterface,
} from "../bus/manager-calls.ts";
import { asFlag, asId128, asNumber, asNumberIfSet, asText } from "../bus/values.ts";
import { type ClockReading, readClocks } from "./clocks.ts";
import { findNextElapse } from "./next-elapse.ts";
import { isAskableName, isUnknown } from "./observed-units.ts";
import { readRestarts } from "./restart-log.ts";

/** As `readStatus` of ManagerPort. */
export async function readUnitStatus(
  bus: Bus,
  names: readonly string[],
): Promise<ReadonlyMap<string, UnitStatus>> {
  const askable = names.filter(isAskableName);
  const isResting = await findResting(bus, askable);
  const rows = await listUnitsByNames(bus, askable);
  const now = readClocks();
  const read = await askEach(rows, async (row) =>
    // What a timer triggers is in its definition.
    isResting(row) && typeOfUnit(row.name) !== "timer" ? describeResting(row) : readOne(bus, row, now),
  );
  const complete = await addRestarts(read, now.realtimeUs);
  const byName = new Map(askable.map((name, index) => [name, complete[index]] as const));
  return new Map(names.map((name) => [name, byName.get(name) ?? describeUnasked(name)]));
}

/** The journal is asked once, and only about services that systemd has restarted of late. */
async function addRestarts(read: readonly UnitStatus[], nowUs: number): Promise<readonly UnitStatus[]> {
  const restarted = read.flatMap(({ name, service }) =>
    service !== null && service.nRestarts > 0 && nowUs - service.mainStartUs < restartGapUs ? [name] : [],
  );
  if (restarted.length === 0) return read;
  // Three restarts, each within the gap of the one before, and the last within the gap of now.
  const restarts = await readRestarts(restarted, nowUs - 3 * restartGapUs);
  return read.map((unit) =>
    unit.service === null
      ? unit
      : { ...unit, service: { ...unit.service, restarts: restarts?.get(unit.name) ?? [] } },
  );
}

/** Reads one property; the last argument is for errors only. */
type ReadProperty = (interfaceName: string, property: string) => Promise<unknown>;

// By type: the interface, and which of the common properties it has (org.freedesktop.systemd1(5)).
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

async function readOne(bus: Bus, row: UnitRow, now: ClockReading): Promise<UnitStatus> {
  if (isUnknown(row)) return { ...nothingKnown, ...listedPart(row) };
  const read: ReadProperty = (interfaceName, property) =>
    readProperty(bus, row.path, interfaceName, property);
  const type = typeOfUnit(row.name);
  const ownInterface = interfaceOfType(type);
  const hasControlGroup = typesWithControlGroup.has(type);
  const readNumber = async (property: string) => asNumber(await read(unitInterface, property), property);
  const [fileState, times, invocation, unmet, result, memory, cpu, service, timer] = await Promise.all([
    read(unitInterface, "UnitFileState"),
    Promise.all(timestamps.map(readNumber)),
    // The id outlives the invocation: without a process it would be the last one's.
    row.activeState === "inactive" ? null : read(unitInterface, "InvocationID"),
    row.activeState === "inactive" ? readUnmet(read) : null,
    typesWithResult.has(type) ? read(ownInterface, "Result") : null,
    hasControlGroup ? read(ownInterface, "MemoryCurrent") : null,
    hasControlGroup ? read(ownInterface, "CPUUsageNSec") : null,
    type === "service" ? readService(read, ownInterface) : null,
    type === "timer" ? readTimer(read, ownInterface, now) : null,
  ]);
  const [activeEnterUs = 0, activeExitUs = 0, inactiveEnterUs = 0, stateChangeUs = 0] = times;
  return {
    ...listedPart(row),
    unmet,
    invocationId: invocation === null ? null : asId128(invocation, "InvocationID"),
    unitFileState: asText(fileState, "UnitFileState") || null,
    activeEnterUs,
    activeExitUs,
    inactiveEnterUs,
    stateChangeUs,
    result: result === null ? null : asText(result, "Result"),
    memoryCurrentBytes: memory === null ? null : asNumberIfSet(memory, "MemoryCurrent"),
    cpuUsageNs: cpu === null ? null : asNumberIfSet(cpu, "CPUUsageNSec"),
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

/** The results are false as long as nothing was checked; the last start decides. */
async function readUnmet(read: ReadProperty): Promise<UnitStatus["unmet"]> {
  const [condition, conditionAt, assertion, assertAt] = await Promise.all([
    read(unitInterface, "ConditionResult"),
    read(unitInterface, "ConditionTimestamp"),
    read(unitInterface, "AssertResult"),
    read(unitInterface, "AssertTimestamp"),
  ]);
  const isUnmet = (result: unknown, at: unknown) => !asFlag(result, "a result") && asNumber(at, "a time") > 0;
  if (isUnmet(condition, conditionAt)) return "condition";
  return isUnmet(assertion, assertAt) ? "assertion" : null;
}

async function readService(read: ReadProperty, ownInterface: string): Promise<ServiceStatus> {
  const readNumber = async (property: string) => asNumber(await read(ownInterface, property), property);
  const [mainPid, code, status, nRestarts, mainStartUs, mainEndUs] = await Promise.all([
    readNumber("MainPID"),
    readNumber("ExecMainCode"),
    readNumber("ExecMainStatus"),
    readNumber("NRestarts"),
    readNumber("ExecMainStartTimestamp"),
    readNumber("ExecMainExitTimestamp"),
  ]);
  return {
    mainPid: mainPid === 0 ? null : mainPid,
    mainExit: describeExit(code, status),
    nRestarts,
    restarts: [],
    mainStartUs,
    mainEndUs,
  };
}

async function readTimer(read: ReadProperty, ownInterface: string, now: ClockReading): Promise<TimerStatus> {
  const [unit, realtime, monotonic, lastTrigger] = await Promise.all([
    read(ownInterface, "Unit"),
    read(ownInterface, "NextElapseUSecRealtime"),
    read(ownInterface, "NextElapseUSecMonotonic"),
    read(ownInterface, "LastTriggerUSec"),
  ]);
  return {
    triggers: asText(unit, "Unit"),
    nextElapseUs: findNextElapse(
      asNumberIfSet(realtime, "NextElapseUSecRealtime"),
      asNumberIfSet(monotonic, "NextElapseUSecMonotonic"),
      now,
    ),
    lastTriggerUs: asNumber(lastTrigger, "LastTriggerUSec"),
  };
}

/** ExecMainCode is the `si_code` of the child's end: CLD_EXITED, CLD_KILLED, CLD_DUMPED of waitid(2); 0 before the first end. */
function describeExit(code: number, status: number): MainExit | null {
  const how = ({ 1: "exited", 2: "killed", 3: "dumped" } as const)[code];
  return how === undefined ? null : { how, status };
}

function interfaceOfType(type: string): string {
  return `org.freedesktop.systemd1.${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}

function listedPart({ name, description, loadState, activeState, subState, job }: UnitRow) {
  return { name, description, loadState, activeState, subState, job: job?.type ?? null };
}

/** As systemd answers for a unit that it had to load for the question. */
function describeResting(row: UnitRow): UnitStatus {
  const type = typeOfUnit(row.name);
  return {
    ...nothingKnown,
    ...listedPart(row),
    result: typesWithResult.has(type) ? "success" : null,
    service: type === "service" ? neverRan : null,
  };
}

const neverRan: ServiceStatus = {
  mainPid: null,
  mainExit: null,
  nRestarts: 0,
  restarts: [],
  mainStartUs: 0,
  mainEndUs: 0,
};

const nothingKnown = {
  job: null,
  invocationId: null,
  unmet: null,
  unitFileState: null,
  activeEnterUs: 0,
  activeExitUs: 0,
  inactiveEnterUs: 0,
  stateChangeUs: 0,
  result: null,
  memoryCurrentBytes: null,
  cpuUsageNs: null,
  service: null,
  timer: null,
} satisfies Partial<UnitStatus>;

function describeUnasked(name: string): UnitStatus {
  const loadState = isTemplateName(name) ? "template" : "not-found";
  return {
    ...nothingKnown,
    name,
    description: name,
    loadState,
    activeState: "inactive",
    subState: "dead",
  };
}
