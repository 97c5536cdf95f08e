/** Lists the files of the host that differ from the desired state, because of a push or because of drift. Pure. */

import type { Desired, HostFile } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Observed, ObservedFile } from "../model/observed.ts";

export interface FileDifference {
  readonly path: string;
  readonly unit: string | null;
  /**
   * `foreign`: a file of somebody else is at a path of git; `obsolete`: git no longer has it; `foreign-drop-in`: it changes
   * a unit of git and is not in git.
   */
  readonly kind: "missing" | "changed" | "foreign" | "obsolete" | "foreign-drop-in";
  /** What git has for the path; null when it has nothing. */
  readonly desired: HostFile | null;
}

/** All differences, sorted by path. */
export function listFileDifferences(
  desired: Desired,
  applied: Inventory,
  observed: Observed,
): readonly FileDifference[] {
  const differences: FileDifference[] = [];
  for (const file of desired.files.values()) {
    const found = observed.files.get(file.path) ?? { kind: "absent" };
    if (isAsDesired(file, found)) continue;
    const isForeign = applied.files[file.path] === undefined;
    const kind = found.kind === "absent" ? "missing" : isForeign ? "foreign" : "changed";
    differences.push({ path: file.path, unit: file.unit, kind, desired: file });
  }
  for (const [path, file] of Object.entries(applied.files)) {
    if (desired.files.has(path) || observed.files.get(path)?.kind === "absent") continue;
    differences.push({ path, unit: file.unit, kind: "obsolete", desired: null });
  }
  for (const [path, unit] of observed.foreignDropIns) {
    if (desired.files.has(path)) continue;
    differences.push({ path, unit, kind: "foreign-drop-in", desired: null });
  }
  return differences.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/**
 * Those of `names` that are neither a known path nor a known unit: not in git, not in the inventory, and no foreign
 * drop-in.
 */
export function listUnknownNames(
  names: readonly string[],
  desired: Pick<Desired, "files" | "units">,
  applied: Pick<Inventory, "files" | "units">,
  observed: Pick<Observed, "foreignDropIns">,
): readonly string[] {
  const files = [...desired.files.values(), ...Object.values(applied.files)];
  const known = new Set([
    ...desired.files.keys(),
    ...Object.keys(applied.files),
    ...desired.units.keys(),
    ...Object.keys(applied.units),
    ...files.map(({ unit }) => unit),
    ...observed.foreignDropIns.keys(),
  ]);
  return names.filter((name) => !known.has(name));
}

function isAsDesired(file: HostFile, found: ObservedFile): boolean {
  if (file.kind === "link") return found.kind === "link" && found.linkTarget === file.linkTarget;
  return found.kind === "file" && found.digest === file.digest;
}
