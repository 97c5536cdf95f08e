/**
 * One table of all properties of units that this room asks systemd for, and the one function that asks for them
 * (org.freedesktop.systemd1(5)). Must not interpret the values.
 */
import { typeOfUnit } from "../../core/units/unit-name.ts";
import type { Bus } from "../bus/bus.ts";
import { interfaceOf, readProperty, type UnitRow } from "../bus/manager-calls.ts";
import { asFlag, asId128, asList, asNumber, asNumberIfSet, asText, asTexts } from "../bus/values.ts";

/** Whether systemd sends a signal before the property has another value than this one. */
type IsTold = (value: unknown) => boolean;

const never: IsTold = () => false;
/** PropertiesChanged of the unit comes with each new value (org.freedesktop.systemd1(5), "EmitsChangedSignal"). */
const told: IsTold = () => true;
/** `systemctl reset-failed` sets these back without a signal. Other ways of changing them are told. */
const toldIfZero: IsTold = (value) => value === 0;
const toldIfSuccess: IsTold = (value) => value === "success";
/** A unit gets its control group when it starts. It may lose it later, without a signal. */
const toldIfAny: IsTold = (value) => value !== "";

/** `unit`: a property that every unit has. `own`: one that the interface of the unit's type has. */
const unit = <Parse>(parse: Parse, isTold = never) => ({ on: "unit", parse, isTold }) as const;
const own = <Parse>(parse: Parse, isTold = never) => ({ on: "own", parse, isTold }) as const;

/** Each property has a comment about its use. Remove a property here together with the last code that reads it. */
const properties = {
  // Which run this is, and since when: plan and status.
  InvocationID: unit(asId128, told),
  InactiveExitTimestamp: unit(asNumber, told),
  ActiveEnterTimestamp: unit(asNumber, told),
  ActiveExitTimestamp: unit(asNumber, told),
  InactiveEnterTimestamp: unit(asNumber, told),
  StateChangeTimestamp: unit(asNumber, told),
  // Whether systemd has another definition in memory than on disk, and from which files: plan and drift.
  NeedDaemonReload: unit(asFlag),
  FragmentPath: unit(asText),
  DropInPaths: unit(asTexts),
  // Why it was not started: plan, status and the results of jobs.
  ConditionTimestampMonotonic: unit(asNumber, told),
  ConditionResult: unit(asFlag, told),
  AssertResult: unit(asFlag, told),
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
  // How it is tied to others: the details of one unit.
  Wants: unit(asTexts),
  PartOf: unit(asTexts),
  Triggers: unit(asTexts),
  WantedBy: unit(asTexts),
  TriggeredBy: unit(asTexts),
  // How its last run ended, and how often it was restarted: status and health.
  Result: own(asText, toldIfSuccess),
  ExecMainCode: own(asNumber, told),
  ExecMainStatus: own(asNumber, told),
  ExecMainStartTimestamp: own(asNumber, told),
  ExecMainExitTimestamp: own(asNumber, told),
  NRestarts: own(asNumber, toldIfZero),
  // What it uses of memory and CPU: status.
  ControlGroup: own(asText, toldIfAny),
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

export type Values<Name extends Property> = {
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

/** Whether the unit's signals tell when the property has another value than this one. */
export function isToldBySignal(property: Property, value: unknown): boolean {
  return properties[property].isTold(value);
}
