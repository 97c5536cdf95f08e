/** Lists the files of the host that differ from the desired state, because of a push or because of drift. Pure. */

import type { Desired, HostFile } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Observed, ObservedFile } from "../model/observed.ts";
import { listDropInDirectories } from "../units/unit-name.ts";
import { isSameAsApplied } from "./applied-file.ts";
import { policyOf } from "./policy.ts";

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

/** All differences, sorted by path; also those that the policies of git accept. */
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
  for (const [path, unit] of [...observed.foreignDropIns, ...listOtherDropIns(desired, observed)]) {
    if (desired.files.has(path)) continue;
    differences.push({ path, unit, kind: "foreign-drop-in", desired: null });
  }
  return differences.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/**
 * Drop-ins that people have put where systemd reads them for units of git, but not beside them: for a prefix, a type, an alias,
 * or for a unit that is new in git. Path → the unit, null for several.
 */
function listOtherDropIns(
  { units, layout }: Pick<Desired, "units" | "layout">,
  { overrides, foreignDropIns }: Pick<Observed, "overrides" | "foreignDropIns">,
): readonly (readonly [string, string | null])[] {
  const owned = [...units.values()].filter((unit) => unit.owned);
  return [...overrides.keys()].flatMap((path) => {
    const [directory = "", parent = ""] = [path.split("/").at(-2), path.split("/").slice(0, -2).join("/")];
    if (foreignDropIns.has(path) || !layout.dropInParents.includes(parent)) return [];
    const [first, second] = owned.filter(({ name }) => listDropInDirectories(name).includes(directory));
    return first === undefined ? [] : [[path, second === undefined ? first.name : null] as const];
  });
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

/** Whether somebody made the difference on the host, and `drift: ignore` of the revision accepts it. */
export function isAccepted(
  { path, unit, kind, desired: file }: FileDifference,
  desired: Pick<Desired, "driftRules">,
  applied: Pick<Inventory, "files">,
): boolean {
  const known = applied.files[path];
  const isChangeInGit = file !== null && (known === undefined || !isSameAsApplied(file, known));
  if (kind === "obsolete" || kind === "foreign" || isChangeInGit) return false;
  const driftKind = kind === "changed" ? "modified" : kind;
  return policyOf({ kind: driftKind, unit, path }, desired) === "ignore";
}
