/**
 * Compares definitions as they are in force on this host: a drop-in that is not in git, such as one by `systemctl edit`, may
 * decide a setting. A change of that setting in git then is no change for the unit. Pure.
 */

import { contentOf } from "../drift/applied-file.ts";
import { isEdited } from "../drift/host-edits.ts";
import type { Definition, DesiredUnit, FileEntry } from "../model/desired.ts";
import type { AppliedUnit } from "../model/inventory.ts";
import type { Spared } from "../model/plan.ts";
import { listAssigned, withoutSettings } from "../units/decided.ts";
import { type DefinitionDiff, diffDefinitions, emptyDefinition } from "../units/diff.ts";
import { nameOfDropIn, selectDropInPaths } from "../units/drop-in-order.ts";
import { describe } from "./interruption.ts";
import type { UnitPlanInput } from "./unit-plan.ts";

type Input = Pick<UnitPlanInput, "desired" | "applied" | "overrides" | "editedUnits">;

export interface Comparison {
  /** The differences that are in force on this host. */
  readonly diff: DefinitionDiff;
  /** Set when drop-ins of this host hide a part of the change in git. */
  readonly hidden: Spared | null;
}

/**
 * @param before what the unit runs with
 * @param record the unit in the inventory
 */
export function compareInForce(
  unit: DesiredUnit,
  before: Definition,
  record: AppliedUnit | undefined,
  input: Input,
): Comparison {
  const written = diffDefinitions(before, unit.definition);
  // Which drop-ins of git an older definition had is not known, so that they may have come after the one of this host.
  const isOlder = before !== emptyDefinition && before !== record?.definition;
  const decided = written.class === "none" || isOlder ? none : findDecided(unit.name, input);
  if (decided.size === 0) return { diff: written, hidden: null };
  const names = new Set(decided.keys());
  const leave = (definition: Definition) =>
    withoutSettings(definition, names, unit.name, input.desired.layout.specifiers);
  const diff = diffDefinitions(leave(before), leave(unit.definition));
  const subjects = new Set(diff.differences.map(({ subject }) => subject));
  const gone = written.differences.filter(({ subject }) => !subjects.has(subject));
  if (gone.length === 0) return { diff, hidden: null };
  return { diff, hidden: explainHidden(unit, { ...written, differences: gone }, decided, input) };
}

const none: ReadonlyMap<string, string> = new Map();

function explainHidden(
  unit: DesiredUnit,
  gone: DefinitionDiff,
  decided: ReadonlyMap<string, string>,
  { editedUnits }: Input,
): Spared {
  const paths = [...new Set(decided.values())].join(", ");
  return {
    unit: unit.name,
    class: gone.class,
    because: `${describe(gone, unit)}: ${paths}, which is not in git, decides that on this host`,
    pending: false,
    // As if it ran the drop-in: it is restarted with git's definition once the drop-in is gone.
    startedWith: isEdited(unit.name, editedUnits) ? "edited" : "same",
  };
}

/**
 * The settings of a unit that drop-ins of this host decide → the drop-in. A setting that git's drop-ins assign later on is not
 * among them, and none is where those have changed themselves.
 */
function findDecided(unit: string, { desired, applied, overrides }: Input): ReadonlyMap<string, string> {
  if (overrides.size === 0) return none;
  const { dropInParents, vendorDropInParents } = desired.layout;
  const parents = [...dropInParents, ...vendorDropInParents];
  const names = [unit, ...listAliases(unit, desired)];
  const select = (paths: Iterable<string>) => selectDropInPaths(names, paths, parents);
  const isForeign = (path: string) => overrides.has(path);
  const own = listOwnDropIns(desired);
  const inForce = select([...own.keys(), ...overrides.keys()]);
  if (!inForce.some(isForeign)) return none;
  const past = Object.keys(applied.files).filter((path) => isDropIn(applied.files[path]?.role));
  const changed = [...select(past), ...select(own.keys())].filter((path) => {
    const file = own.get(path);
    return file === undefined || applied.files[path]?.content !== contentOf(file);
  });
  const decided = new Map<string, string>();
  for (const path of inForce) {
    const file = own.get(path);
    if (file !== undefined) for (const name of listAssigned(file.bytes)) decided.delete(name);
    else if (!changed.some((late) => nameOfDropIn(late) >= nameOfDropIn(path)))
      for (const name of overrides.get(path) ?? []) decided.set(name, path);
  }
  return decided;
}

function isDropIn(role: string | undefined): boolean {
  return role === "drop-in" || role === "credentials";
}

function listOwnDropIns({ files }: Input["desired"]): ReadonlyMap<string, FileEntry> {
  return new Map(
    [...files].flatMap(([path, file]) =>
      file.kind === "file" && isDropIn(file.role) ? [[path, file] as const] : [],
    ),
  );
}

function listAliases(unit: string, { files }: Input["desired"]): readonly string[] {
  return [...files.values()].flatMap((file) =>
    file.role === "alias" && file.kind === "link" && nameOfDropIn(file.linkTarget) === unit
      ? [nameOfDropIn(file.path)]
      : [],
  );
}
