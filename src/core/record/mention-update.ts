/**
 * What counts as a mention can change while the unit does not: by `restarts:` in gitops.yaml, or by a newer agent. That alone is no
 * reason to interrupt anything. Pure.
 */

import type { Definition, Desired, HostFile } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";

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
    // One that is only claimed has no content yet.
    const content = isCounted || originals[path] !== undefined ? "" : (files[path]?.content ?? "");
    return content === "" ? [] : [[path, content] as const];
  });
  return Object.fromEntries([...kept, ...added]);
}
