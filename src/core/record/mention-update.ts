/**
 * The files that count as mentioned by a unit can change while the unit does not: by `restarts:` in gitops.yaml, or with a
 * newer agent. That alone must not interrupt a unit. Pure.
 */

import type { Definition, Desired, HostFile } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";

/**
 * The inventory as if its units had always mentioned the files that they mention in `desired`, with the content that was
 * last written. A file that is new in git, or that was removed from it, stays a difference.
 */
export function carryMentions(applied: Inventory, desired: Pick<Desired, "files" | "units">): Inventory {
  const units = Object.entries(applied.units).map(([name, unit]) => {
    const wanted = desired.units.get(name)?.definition;
    if (wanted === undefined) return [name, unit] as const;
    const { definition, startedWith } = unit;
    // Then it mentions the same files, and the definition stays the same object, which a plan need not compare.
    if (definition === wanted && typeof startedWith === "string") return [name, unit] as const;
    const carry = (before: Definition): Definition => ({
      ...before,
      files: carryFiles(before.files, definition.files, wanted.files, applied, desired.files),
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

/**
 * @param known what the unit's definition counts already: what its process was started without came since, and is owed. So is
 *   what the apply under way has touched, whether it was killed before it noted that in the definition or not
 */
function carryFiles(
  before: Definition["files"],
  known: Definition["files"],
  wanted: Definition["files"],
  { files, originals }: Inventory,
  desired: ReadonlyMap<string, HostFile>,
): Definition["files"] {
  const kept = Object.entries(before).filter(([path]) => wanted[path] !== undefined || !desired.has(path));
  const added = Object.keys(wanted).flatMap((path) => {
    const isCounted = before[path] !== undefined || known[path] !== undefined;
    // A file that is only claimed has no content yet.
    const content = isCounted || originals[path] !== undefined ? "" : (files[path]?.content ?? "");
    return content === "" ? [] : [[path, content] as const];
  });
  return Object.fromEntries([...kept, ...added]);
}
