/** The limit of a plan that only puts back what has drifted: it decides about the named units, and about no other. Pure. */

import { parseInstance } from "../units/unit-name.ts";

/**
 * @param scope names of units, templates and quadlets; null for a plan that decides about all units
 */
export function isInScope(
  { name, quadlet }: { readonly name: string; readonly quadlet: string | null },
  scope: ReadonlySet<string> | null,
): boolean {
  if (scope === null) return true;
  return [name, parseInstance(name)?.template, quadlet].some((one) => one != null && scope.has(one));
}
