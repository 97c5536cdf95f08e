/** Finds managed files that no unit mentions, so that a change of them restarts nothing. Pure. */

import type { DesiredUnit, EntryRole } from "../model/desired.ts";
import type { AppliedUnit } from "../model/inventory.ts";

/** The paths of such files that have no hook either, sorted. Takes files and units of the desired state or of the inventory. */
export function listUnmentioned(
  files: Iterable<readonly [path: string, { readonly role: EntryRole; readonly hooks?: unknown }]>,
  units: Iterable<Pick<DesiredUnit | AppliedUnit, "definition">>,
): readonly string[] {
  const mentioned = new Set<string>();
  for (const { definition } of units) for (const path of Object.keys(definition.files)) mentioned.add(path);
  return [...files]
    .flatMap(([path, { role, hooks }]) =>
      role === "file" && hooks === undefined && !mentioned.has(path) ? [path] : [],
    )
    .sort();
}

const namedAtMost = 3;

/** One sentence that names the first of them; null when there are none. */
export function describeUnmentioned(paths: readonly string[]): string | null {
  if (paths.length === 0) return null;
  const subject = paths.length === 1 ? "no unit mentions 1 file" : `no unit mentions ${paths.length} files`;
  return `${subject}, so that a change restarts nothing: ${nameFirst(paths)}`;
}

/** The first of the names, and how many more there are. */
export function nameFirst(names: readonly string[]): string {
  const rest = names.length > namedAtMost ? ` and ${names.length - namedAtMost} more` : "";
  return `${names.slice(0, namedAtMost).join(", ")}${rest}`;
}
