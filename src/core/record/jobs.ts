/** What the inventory says of units after their jobs. Pure. */
import type { Desired } from "../model/desired.ts";
import type { AppliedUnit, Inventory } from "../model/inventory.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { findRecord, runsEdited } from "../plan/running-definition.ts";
import { isUp } from "../units/activity.ts";
import { diffDefinitions } from "../units/diff.ts";

/**
 * After the jobs: a unit whose job was carried out runs, or has failed, with the new definition. The jobs of the others are
 * still owed.
 * @param before the inventory that the plan was made with
 * @param attempted units whose job systemd carried out, with or without success → the last job of each
 */
export function recordJobs(
  applied: Inventory,
  before: Inventory,
  desired: Desired,
  attempted: ReadonlyMap<string, string>,
  observed: ReadonlyMap<string, ObservedUnit>,
): Inventory {
  const units: Record<string, AppliedUnit> = {};
  for (const [name, unit] of Object.entries(applied.units)) {
    const forgettable = !unit.declared && !desired.units.has(name) && !unit.owned;
    if (attempted.has(name) && forgettable) continue;
    const found = observed.get(name);
    const verb = attempted.get(name);
    const known = findRecord(name, before, found);
    const keepsProcess = verb !== undefined && verb !== "start" && verb !== "restart";
    const isEarlier = verb === "start" && wasStartedEarlier(unit, found, applied.loadedAtUs);
    if (!attempted.has(name)) units[name] = unit;
    else if (keepsProcess && runsEdited(known, found))
      units[name] = { ...recordStart(unit, found), startedWith: "edited" };
    else if (isEarlier) units[name] = recordEarlierStart(unit, known, found);
    else units[name] = recordStart(unit, found);
  }
  return { ...applied, units };
}

function recordStart(unit: AppliedUnit, found: ObservedUnit | undefined): AppliedUnit {
  return { ...unit, startedWith: "same", pending: null, invocationId: found?.invocationId ?? null };
}

/** Whether somebody had started the unit before systemd loaded what the agent wrote: then the start job did nothing. */
function wasStartedEarlier(unit: AppliedUnit, found: ObservedUnit | undefined, loadedAtUs: number): boolean {
  return (
    unit.startedWith === "never" && isUp(found) && found !== undefined && found.startedAtUs <= loadedAtUs
  );
}

/** @param known the unit's entry from before the plan: it was started with this definition */
function recordEarlierStart(
  unit: AppliedUnit,
  known: AppliedUnit | undefined,
  found: ObservedUnit | undefined,
): AppliedUnit {
  if (known === undefined) return unit;
  const isSame = diffDefinitions(known.definition, unit.definition).class === "none";
  const invocationId = found?.invocationId ?? null;
  return isSame ? recordStart(unit, found) : { ...unit, startedWith: known.definition, invocationId };
}
