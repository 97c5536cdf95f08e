/**
 * Finds units that were started while their definition on the host was not the one in git, because somebody had edited a
 * file or added a drop-in. When the edit is gone, the files are as git has them, and only the process still runs the edit.
 * Pure.
 */

import type { EntryRole } from "../model/desired.ts";
import type { Drift } from "../model/drift.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedUnit, Inventory } from "../model/inventory.ts";
import type { Observed } from "../model/observed.ts";
import { isUp } from "../units/activity.ts";
import { parseInstance, typeOfUnit } from "../units/unit-name.ts";
import { detectDrift } from "./detect-drift.ts";
import { driftKinds } from "./kinds.ts";
import { policyOf } from "./policy.ts";

const definingRoles: ReadonlySet<EntryRole> = new Set<EntryRole>([
  "fragment",
  "drop-in",
  "instance",
  "credentials",
  "quadlet",
]);

/**
 * Units and templates whose definition on the host differs from what the agent last wrote.
 * @param uncounted paths that do not count: they are about to be written back, or are ignored
 */
export function listEditedUnits(
  applied: Inventory,
  observed: Pick<Observed, "files" | "foreignDropIns">,
  layout: HostLayout,
  uncounted: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const edited = detectDrift(applied, observed, layout).filter(({ path, kind }) => {
    if (path === null) return false;
    const role = applied.files[path]?.role;
    return (
      !uncounted.has(path) && (kind === "foreign-drop-in" || (role !== undefined && definingRoles.has(role)))
    );
  });
  return new Set(edited.flatMap(({ unit, kind }) => (unit === null || kind === "mode" ? [] : [unit])));
}

/** Units and templates whose files have drifted. */
export function listDriftedUnits(drift: readonly Pick<Drift, "unit" | "kind">[]): ReadonlySet<string> {
  return new Set(drift.flatMap(({ unit, kind }) => (driftKinds[kind].layer === "files" ? (unit ?? []) : [])));
}

/**
 * Units and templates whose definition somebody has changed on disk: by an edit, or by a drop-in. `mode` is no such change.
 * @param wideDropIns the units that a drop-in for several units changes
 */
export function listChangedUnits(
  drift: readonly Drift[],
  wideDropIns: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const changes = drift.filter(({ kind }) => driftKinds[kind].layer === "files" && kind !== "mode");
  return new Set(
    changes.flatMap(({ unit, path }) => (unit === null ? (wideDropIns.get(path ?? "") ?? []) : [unit])),
  );
}

/** Types of units that hold nothing of an edit once it is gone: a daemon-reload gives them their definition (docs/restarts.md). */
const reloadedTypes: ReadonlySet<string> = new Set(["timer", "slice", "scope", "target"]);

/** Whether the unit or its template is among the edited ones. */
export function isEdited(name: string, edited: ReadonlySet<string>): boolean {
  return edited.has(name) || edited.has(parseInstance(name)?.template ?? "");
}

/** Running units whose start cannot be told without knowing whether systemd has loaded their files as they are on disk. */
export function listUnclearStarts(
  applied: Inventory,
  observed: Pick<Observed, "files" | "foreignDropIns" | "units">,
  layout: HostLayout,
): readonly string[] {
  const edited = listEditedUnits(applied, observed, layout);
  return [...observed.units].flatMap(([name, found]) => {
    const isUnclear = applied.units[name]?.startedWith === "edited" || isEdited(name, edited);
    return isUnclear && isUp(found) ? [name] : [];
  });
}

/**
 * Notes in the inventory each unit with a new process that was started with an edited definition. That is so when systemd
 * has loaded the edited files, or when it has loaded nothing since the process before, which ran an edit. Returns the same
 * object when there is no such unit.
 * @param before units at the look before the agent's own jobs, whose processes are recorded as started with git's
 *   definition
 */
export function recordEditedStarts(
  applied: Inventory,
  observed: Pick<Observed, "files" | "foreignDropIns" | "units">,
  layout: HostLayout,
  before: Observed["units"] = observed.units,
): Inventory {
  const drift = detectDrift(applied, observed, layout);
  const ignored = drift
    .filter((one) => policyOf(one, applied) === "ignore")
    .flatMap(({ path }) => path ?? []);
  // What is ignored counts as wanted: a process that has started with it owes no restart when it is gone.
  const edited = listEditedUnits(applied, observed, layout, new Set(ignored));
  const units: Record<string, AppliedUnit> = {};
  for (const [name, found] of observed.units) {
    const unit = applied.units[name];
    if (unit === undefined || !isUp(found) || reloadedTypes.has(typeOfUnit(name))) continue;
    const isLoaded = found.needDaemonReload === true ? unit.startedWith === "edited" : isEdited(name, edited);
    if (!isLoaded) continue;
    const isKnown = found.invocationId === unit.invocationId;
    if (isKnown && found.invocationId === before.get(name)?.invocationId) continue;
    units[name] = { ...unit, startedWith: "edited", invocationId: found.invocationId };
  }
  return Object.keys(units).length === 0 ? applied : { ...applied, units: { ...applied.units, ...units } };
}
