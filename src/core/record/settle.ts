/**
 * Corrects the inventory by a look at the host: jobs that people or systemd have done meanwhile are no longer owed. Pure.
 */

import { recordEditedStarts } from "../drift/host-edits.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedUnit, Inventory } from "../model/inventory.ts";
import type { Observed, ObservedUnit } from "../model/observed.ts";
import { findRunningDefinition, runsEdited } from "../plan/running-definition.ts";
import { isUp } from "../units/activity.ts";
import { isTemplateName, parseInstance } from "../units/unit-name.ts";

type Units = ReadonlyMap<string, ObservedUnit>;

/**
 * The inventory after a look at the host. Processes that were started with an edit are noted first: if such a process were
 * first settled as started by the agent, the edit could not be found later.
 * @param before units at the look before the agent's own jobs; absent when there were no jobs
 */
export function noteObserved(
  applied: Inventory,
  observed: Pick<Observed, "files" | "foreignDropIns" | "units">,
  layout: HostLayout,
  before?: Observed["units"],
): Inventory {
  return settleObserved(recordEditedStarts(applied, observed, layout, before), observed.units);
}

/**
 * Settles units. A unit that somebody restarted after systemd had loaded the agent's definition runs this definition now. A
 * unit that does not run will start with it, so that only a start can still be owed. Returns the same object when nothing
 * changes.
 */
function settleObserved(applied: Inventory, observed: Units): Inventory {
  const isLoaded = applied.loadedAtUs > 0 && !applied.reloadOwed;
  const early = listEarlyTemplates(applied, observed);
  const units: Record<string, AppliedUnit> = {};
  let changed = false;
  for (const [name, unit] of Object.entries(applied.units)) {
    const settled = isTemplateName(name)
      ? isLoaded && !early.has(name) && unit.startedWith !== "same"
      : isSettled(unit, observed.get(name), applied.loadedAtUs, isLoaded);
    changed ||= settled;
    if (settled && isForgettable(unit)) continue;
    const invocationId = observed.get(name)?.invocationId ?? null;
    units[name] = settled ? { ...unit, startedWith: "same", pending: null, invocationId } : unit;
  }
  return changed ? { ...applied, units } : applied;
}

function isSettled(
  unit: AppliedUnit,
  found: ObservedUnit | undefined,
  loadedAtUs: number,
  isLoaded: boolean,
): boolean {
  if (isUp(found)) {
    const isCurrent = findRunningDefinition(unit, found, loadedAtUs) === unit.definition;
    return unit.startedWith !== "same" && isCurrent && !runsEdited(unit, found);
  }
  if (unit.pending !== null) return true;
  if (unit.startedWith === "same" || !isLoaded) return false;
  return unit.startedWith !== "never" || !unit.expected;
}

/**
 * Templates with a running instance that is not in the inventory and that started before systemd loaded what the agent
 * wrote.
 */
function listEarlyTemplates({ units, loadedAtUs }: Inventory, observed: Units): ReadonlySet<string> {
  const early = new Set<string>();
  for (const [name, found] of observed) {
    const template = parseInstance(name)?.template;
    if (template === undefined || units[name] !== undefined) continue;
    if (isUp(found) && found.startedAtUs <= loadedAtUs) early.add(template);
  }
  return early;
}

/**
 * Whether a unit that is not from git has no drop-in of the agent any more, and git does not enable it, so that the inventory can
 * drop it.
 */
function isForgettable({ owned, declared, masked, expected, definition }: AppliedUnit): boolean {
  const { settings, credentials, files } = definition;
  const isEmpty = [settings, credentials, files].every((part) => Object.keys(part).length === 0);
  return !owned && !declared && !masked && !expected && isEmpty;
}
