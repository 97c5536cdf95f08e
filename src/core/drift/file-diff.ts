/** Which files of the host differ from the desired state, whoever changed them. Pure. */

import type { Desired, HostFile } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Observed, ObservedFile } from "../model/observed.ts";

export interface FileDifference {
  readonly path: string;
  readonly unit: string | null;
  /** `foreign`: it stands in the way of git; `obsolete`: git has it no more; `foreign-drop-in`: it changes a unit of git. */
  readonly kind: "missing" | "changed" | "foreign" | "obsolete" | "foreign-drop-in";
  /** What git wants there; null where it wants nothing. */
  readonly desired: HostFile | null;
}

/** In the order of paths. */
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

/** Those of `names` that are neither a path nor a unit with a file, in git, among what was applied, or found beside it. */
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
