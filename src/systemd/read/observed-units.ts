/**
 * Reads the observed units that a plan is made from. Must not change anything on the host.
 */
import type { ObservedUnit } from "../../core/model/observed.ts";
import type { ListedUnit } from "../../core/model/unit-state.ts";
import type { UnitRow } from "../bus/manager-calls.ts";
import type { KnownUnits } from "./known-units.ts";
import { describeUnasked, isUnknown, readEach, toListed } from "./listed-units.ts";

/** As `readUnits` of ManagerPort. */
export async function readObservedUnits(
  known: KnownUnits,
  names: readonly string[],
): Promise<ReadonlyMap<string, ObservedUnit>> {
  const read = await readEach(known.bus, names, async (row, isResting) =>
    isResting || isUnknown(row) ? describeUnread(toListed(row)) : observeUnit(known, row),
  );
  return new Map(names.map((name) => [name, read.get(name) ?? describeUnread(describeUnasked(name))]));
}

async function observeUnit(known: KnownUnits, row: UnitRow): Promise<ObservedUnit> {
  const [invocationId, { InactiveExitTimestamp }] = await Promise.all([
    readInvocation(known, row),
    known.read(row, ["InactiveExitTimestamp"]),
  ]);
  return { ...toListed(row), invocationId, startedAtUs: InactiveExitTimestamp };
}

/** The id of the run that goes on; null for an inactive unit, for which systemd still has the id of the last run. */
export async function readInvocation(known: KnownUnits, row: UnitRow): Promise<string | null> {
  return row.activeState === "inactive" ? null : (await known.read(row, ["InvocationID"])).InvocationID;
}

function describeUnread(listed: ListedUnit): ObservedUnit {
  return { ...listed, invocationId: null, startedAtUs: 0 };
}
