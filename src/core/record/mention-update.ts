/**
 * The files that count as mentioned by a unit can change while the unit does not: by `restarts:` in gitops.yaml, or with a
 * newer agent. That alone must not interrupt a unit. Pure.
 */

import type { Definition, Desired, HostFile } from "../model/desired.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";

/**
 * The inventory as if its units had always mentioned the files that they mention in `desired`, with the content that was
 * last written. A file that is new in git, or that was removed from it, stays a difference.
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
    // A file that is only claimed has no content yet.
    const isNew = before[path] === undefined && known[path] === undefined;
    const content = isNew ? (applied[path]?.content ?? "") : "";
    return content === "" ? [] : [[path, content] as const];
  });
  return Object.fromEntries([...kept, ...added]);
}
