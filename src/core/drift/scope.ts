/** Says what belongs to the scope of a look: which units, files and records. Pure. */

import type { Drift, LookScope } from "../model/drift.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import { isDropInDirectory, isUnitName, listDropInDirectories, parseInstance } from "../units/unit-name.ts";

/** The part of the host that one look judges. */
export interface LookPart {
  readonly isAll: boolean;
  hasUnit(name: string): boolean;
  hasFile(path: string, file: Pick<AppliedFile, "unit">): boolean;
  /** Whether the difference is one that this look judges again. */
  hasDrift(drift: Pick<Drift, "unit" | "path">): boolean;
}

const whole: LookPart = {
  isAll: true,
  hasUnit: () => true,
  hasFile: () => true,
  hasDrift: () => true,
};

/**
 * The part that a scope means. A unit brings its template or its instances along, since they have files in common; a path
 * brings the units along that systemd may read it for.
 */
export function selectPart(scope: LookScope, inventory: Pick<Inventory, "files" | "units">): LookPart {
  if (scope === "all") return whole;
  const { paths } = scope;
  const named = new Set(scope.units);
  const directories = new Set<string>();
  for (const path of paths) {
    const unit = inventory.files[path]?.unit;
    if (unit !== undefined && unit !== null) named.add(unit);
    for (const name of path.split("/").slice(-2)) {
      if (isDropInDirectory(name)) directories.add(name);
      else if (isUnitName(name)) named.add(name);
    }
  }
  const isBelow = (name: string) =>
    directories.size > 0 && listDropInDirectories(name).some((directory) => directories.has(directory));
  const templates = new Set([...named].flatMap((name) => parseInstance(name)?.template ?? []));
  const hasUnit = (name: string) =>
    named.has(name) || templates.has(name) || named.has(parseInstance(name)?.template ?? "") || isBelow(name);
  return {
    isAll: false,
    hasUnit,
    hasFile: (path, { unit }) => paths.has(path) || (unit !== null && hasUnit(unit)),
    hasDrift: ({ unit, path }) => (path !== null && paths.has(path)) || (unit !== null && hasUnit(unit)),
  };
}
