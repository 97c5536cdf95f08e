/**
 * What counts as a mention can change while the unit does not: by `restarts:` in gitops.yaml, or by a newer agent. That alone is no
 * reason to interrupt anything. Pure.
 */

import type { Definition, Desired, HostFile } from "../model/desired.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";

/**
 * The inventory as if what `desired` mentions had been mentioned before: a unit was started with the content that its file was last
 * written with. A file that is new in git, or that left it, stays a difference.
 */
export function carryMentions(applied: Inventory, desired: Pick<Desired, "files" | "units">): Inventory {
  const units = Object.entries(applied.units).map(([name, unit]) => {
    const wanted = desired.units.get(name)?.definition;
    if (wanted === undefined) return [name, unit] as const;
    const { definition, startedWith } = unit;
    const carry = (before: Definition): Definition => ({
      ...before,
      files: carryFiles(before.files, definition.files, wanted.files, applied.files, desired.files),
    });
    return [
      name,
      {
        ...unit,
        definition: carry(definition),
        startedWith: typeof startedWith === "string" ? startedWith : carry(startedWith),
      },
    ] as const;
  });
  return { ...applied, units: Object.fromEntries(units) };
}

/** @param known what the unit's definition counts already: what its process was started without came since, and is owed */
function carryFiles(
  before: Definition["files"],
  known: Definition["files"],
  wanted: Definition["files"],
  applied: Readonly<Record<string, AppliedFile>>,
  desired: ReadonlyMap<string, HostFile>,
): Definition["files"] {
  const kept = Object.entries(before).filter(([path]) => wanted[path] !== undefined || !desired.has(path));
  const added = Object.keys(wanted).flatMap((path) => {
    // One that is only claimed has no content yet.
    const isNew = before[path] === undefined && known[path] === undefined;
    const content = isNew ? (applied[path]?.content ?? "") : "";
    return content === "" ? [] : [[path, content] as const];
  });
  return Object.fromEntries([...kept, ...added]);
}
