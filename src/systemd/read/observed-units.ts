/**
 * Reads the observed units that a plan is made from. Must not change anything on the host.
 */
import type { ObservedUnit } from "../../core/model/observed.ts";
import type { ListedUnit } from "../../core/model/unit-state.ts";
import type { Bus } from "../bus/bus.ts";
import { findResting, type UnitRow } from "../bus/manager-calls.ts";
import { describeUnasked, isUnknown, readEach, toListed } from "./listed-units.ts";
import { readProperties } from "./properties.ts";

/** As `readUnits` of ManagerPort. */
export async function readObservedUnits(
  bus: Bus,
  names: readonly string[],
): Promise<ReadonlyMap<string, ObservedUnit>> {
  const isResting = await findResting(bus, names);
  const read = await readEach(bus, names, async (row) =>
    isResting(row) || isUnknown(row) ? describeUnread(toListed(row)) : observeUnit(bus, row),
  );
  return new Map(names.map((name) => [name, read.get(name) ?? describeUnread(describeUnasked(name))]));
}

async function observeUnit(bus: Bus, row: UnitRow): Promise<ObservedUnit> {
  const [invocationId, { InactiveExitTimestamp, NeedDaemonReload }] = await Promise.all([
    readInvocation(bus, row),
    readProperties(bus, row, ["InactiveExitTimestamp", "NeedDaemonReload"]),
  ]);
  return {
    ...toListed(row),
    invocationId,
    startedAtUs: InactiveExitTimestamp,
    needDaemonReload: NeedDaemonReload,
  };
}

/** The id of the run that goes on; null for an inactive unit, for which systemd still has the id of the last run. */
export async function readInvocation(bus: Bus, row: UnitRow): Promise<string | null> {
  return row.activeState === "inactive"
    ? null
    : (await readProperties(bus, row, ["InvocationID"])).InvocationID;
}

function describeUnread(listed: ListedUnit): ObservedUnit {
  return { ...listed, invocationId: null, startedAtUs: 0, needDaemonReload: false };
}
