/** Which policy holds for a difference, from the rules in the inventory. Pure: needs no repository. */

import type { Drift, DriftPolicy } from "../model/drift.ts";
import type { Inventory } from "../model/inventory.ts";
import type { DriftRules, DriftTable } from "../model/rules.ts";
import { matchesGlob } from "../units/glob.ts";
import { isQuadletName, parseInstance, serviceOfQuadlet } from "../units/unit-name.ts";

/**
 * The rules of the path count first, then those of the unit or of its template, then the defaults. Of these rules, the
 * ignored paths count first, then the kind.
 */
export function policyOf(
  { kind, unit, path }: Pick<Drift, "kind" | "unit" | "path">,
  { driftRules }: Pick<Inventory, "driftRules">,
): DriftPolicy {
  const rules = findRules(unit, path, driftRules);
  if (path !== null && rules.ignore.some((pattern) => matchesGlob(pattern, path))) return "ignore";
  return rules.kinds[kind] ?? rules.default;
}

function findRules(
  unit: string | null,
  path: string | null,
  { files, units, defaults }: DriftTable,
): DriftRules {
  const ofFile = path === null ? undefined : files[path];
  if (ofFile !== undefined || unit === null) return ofFile ?? defaults;
  const name = isQuadletName(unit) ? serviceOfQuadlet(unit) : unit;
  return units[name] ?? units[parseInstance(name)?.template ?? ""] ?? defaults;
}
