/** Finds the definition that a unit was started with, from the inventory and from what systemd shows. Pure. */

import type { Definition } from "../model/desired.ts";
import type { AppliedUnit, Inventory } from "../model/inventory.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { isUp } from "../units/activity.ts";
import { parseInstance } from "../units/unit-name.ts";

/**
 * The definition that the unit runs with, or was last started with; null when it is not known. A unit that started
 * after systemd loaded our last definition runs that definition, no matter what started it.
 * @param loadedAtUs when systemd loaded it, microseconds since the epoch; 0 when that is not known
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

/** Whether the unit still runs a definition that somebody had edited on the host. */
export function runsEdited(applied: AppliedUnit | undefined, observed: ObservedUnit | undefined): boolean {
  return (
    applied?.startedWith === "edited" && isUp(observed) && observed?.invocationId === applied.invocationId
  );
}

/**
 * The unit of this name as systemd shows it; undefined when there is none. When the name is an alias of one of our own
 * units, systemd shows that unit instead, and the result is undefined too.
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

/**
 * The record of a unit in the inventory. For an instance that runs but was never declared, the record of its template.
 */
export function findRecord(
  name: string,
  applied: Inventory,
  observed: ObservedUnit | undefined,
): AppliedUnit | undefined {
  const own = applied.units[name];
  if (own !== undefined || !isUp(observed)) return own;
  return applied.units[parseInstance(name)?.template ?? ""];
}

/**
 * The applied definition of the template of a new instance: the instance starts with it as long as systemd has not
 * loaded the new files. Null when the instance is known, or its template is not ours.
 */
export function findTemplateDefinition(
  name: string,
  applied: Inventory,
  known: AppliedUnit | undefined,
): Definition | null {
  const template = applied.units[parseInstance(name)?.template ?? ""];
  return known === undefined && template?.owned === true ? template.definition : null;
}
