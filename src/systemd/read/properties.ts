/**
 * One table of all properties of units that this room asks systemd for, and the one function that asks for them
 * (org.freedesktop.systemd1(5)). Must not interpret the values.
 */
import { typeOfUnit } from "../../core/units/unit-name.ts";
import type { Bus } from "../bus/bus.ts";
import { interfaceOf, readProperty, type UnitRow } from "../bus/manager-calls.ts";
import { asFlag, asId128, asList, asNumber, asNumberIfSet, asText, asTexts } from "../bus/values.ts";

/** `unit`: a property that every unit has. `own`: one that the interface of the unit's type has. */
const unit = <Parse>(parse: Parse) => ({ on: "unit", parse }) as const;
const own = <Parse>(parse: Parse) => ({ on: "own", parse }) as const;

/** Each property has a comment about its use. Remove a property here together with the last code that reads it. */
const properties = {
  // Which run this is, and since when: plan and status.
  InvocationID: unit(asId128),
  InactiveExitTimestamp: unit(asNumber),
  ActiveEnterTimestamp: unit(asNumber),
  ActiveExitTimestamp: unit(asNumber),
  InactiveEnterTimestamp: unit(asNumber),
  StateChangeTimestamp: unit(asNumber),
  // Whether systemd has another definition in memory than on disk, and from which files: plan and drift.
  NeedDaemonReload: unit(asFlag),
  FragmentPath: unit(asText),
  DropInPaths: unit(asTexts),
  // Why it was not started: plan, status and the results of jobs.
  ConditionTimestampMonotonic: unit(asNumber),
  ConditionResult: unit(asFlag),
  AssertResult: unit(asFlag),
  Conditions: unit(asList),
  Asserts: unit(asList),
  // The order of events, on a clock that cannot be set: why a unit is down, and how a job ended.
  InactiveExitTimestampMonotonic: unit(asNumber),
  ActiveEnterTimestampMonotonic: unit(asNumber),
  ActiveExitTimestampMonotonic: unit(asNumber),
  StateChangeTimestampMonotonic: unit(asNumber),
  ExecMainExitTimestampMonotonic: own(asNumber),
  RemainAfterExit: own(asFlag),
  // Whether a hook can reload it: validation.
  CanReload: unit(asFlag),
  // Which units stop or restart with it: plan.
  RequiredBy: unit(asTexts),
  BoundBy: unit(asTexts),
  RequisiteOf: unit(asTexts),
  ConsistsOf: unit(asTexts),
  PropagatesStopTo: unit(asTexts),
  Conflicts: unit(asTexts),
  ConflictedBy: unit(asTexts),
  // Which units it does not start without: why a start failed.
  Requires: unit(asTexts),
  BindsTo: unit(asTexts),
  Requisite: unit(asTexts),
  // How its last run ended, and how often it was restarted: status and health.
  Result: own(asText),
  ExecMainCode: own(asNumber),
  ExecMainStatus: own(asNumber),
  ExecMainStartTimestamp: own(asNumber),
  ExecMainExitTimestamp: own(asNumber),
  NRestarts: own(asNumber),
  // What it uses of memory and CPU: status.
  MemoryCurrent: own(asNumberIfSet),
  CPUUsageNSec: own(asNumberIfSet),
  // When a timer elapses: status.
  NextElapseUSecRealtime: own(asNumberIfSet),
  NextElapseUSecMonotonic: own(asNumberIfSet),
  LastTriggerUSec: own(asNumber),
  // Whether a start is still working: settling and jobs.
  SourcePath: unit(asText),
  Type: own(asText),
  MainPID: own(asNumber),
  ControlPID: own(asNumber),
} as const;

export type Property = keyof typeof properties;

type Values<Name extends Property> = {
  readonly [Each in Name]: ReturnType<(typeof properties)[Each]["parse"]>;
};

/**
 * The values of some properties of one unit. Each property is one question; all are asked at once.
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
export async function readProperties<Name extends Property>(
  bus: Bus,
  { name, path }: Pick<UnitRow, "name" | "path">,
  names: readonly Name[],
): Promise<Values<Name>> {
  const read = async (property: Name) => {
    const { on, parse } = properties[property];
    const value = await readProperty(bus, path, interfaceOf(on === "unit" ? on : typeOfUnit(name)), property);
    return [property, parse(value, property)];
  };
  return Object.fromEntries(await Promise.all(names.map(read))) as Values<Name>;
}
