/** What a unit was started with, from what is recorded of it and what systemd shows. Pure. */

import type { Definition } from "../model/desired.ts";
import type { AppliedUnit, Inventory } from "../model/inventory.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { isUp } from "../units/activity.ts";
import { parseInstance } from "../units/unit-name.ts";

/**
 * What the unit runs with, as far as we know: null when it is new to us. A unit that began to start after systemd
 * loaded our last version runs that version, whoever started it.
 */
export function findRunningDefinition(
  applied: AppliedUnit | undefined,
  observed: ObservedUnit | undefined,
  loadedAtUs: number,
): Definition | null {
  if (applied === undefined) return null;
  if (applied.startedWith === "same" || applied.startedWith === "edited") return applied.definition;
  const startedSince =
    isUp(observed) &&
    observed !== undefined &&
    observed.invocationId !== applied.invocationId &&
    observed.startedAtUs > loadedAtUs &&
    loadedAtUs > 0;
  if (startedSince) return applied.definition;
  return applied.startedWith === "never" ? null : applied.startedWith;
}

/** Whether the unit still runs what somebody had made of its definition on the host. */
export function runsEdited(applied: AppliedUnit | undefined, observed: ObservedUnit | undefined): boolean {
  return (
    applied?.startedWith === "edited" && isUp(observed) && observed?.invocationId === applied.invocationId
  );
}

/**
 * The unit of that name as systemd shows it. A name that is an alias of one of our units leads to that unit, and says nothing
 * of a unit of its own.
 */
export function findOwn(
  name: string,
  applied: Inventory,
  observed: ReadonlyMap<string, ObservedUnit>,
): ObservedUnit | undefined {
  const found = observed.get(name);
  const isOther = found !== undefined && found.name !== name && applied.units[found.name]?.owned === true;
  return isOther ? undefined : found;
}

/** What the inventory says of a unit; an instance that runs although it was never declared has its template's word. */
export function findRecord(
  name: string,
  applied: Inventory,
  observed: ObservedUnit | undefined,
): AppliedUnit | undefined {
  const own = applied.units[name];
  if (own !== undefined || !isUp(observed)) return own;
  return applied.units[parseInstance(name)?.template ?? ""];
}

/** What a new instance of a known template starts with until systemd has loaded the new files. */
export function findTemplateDefinition(
  name: string,
  applied: Inventory,
  known: AppliedUnit | undefined,
): Definition | null {
  const template = applied.units[parseInstance(name)?.template ?? ""];
  return known === undefined && template?.owned === true ? template.definition : null;
}
