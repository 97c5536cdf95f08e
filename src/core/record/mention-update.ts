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
    const carry = (before: Definition): Definition => ({
      ...before,
      files: carryFiles(before.files, wanted.files, applied.files, desired.files),
    });
    const { definition, startedWith } = unit;
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

function carryFiles(
  before: Definition["files"],
  wanted: Definition["files"],
  applied: Readonly<Record<string, AppliedFile>>,
  desired: ReadonlyMap<string, HostFile>,
): Definition["files"] {
  const kept = Object.entries(before).filter(([path]) => wanted[path] !== undefined || !desired.has(path));
  const added = Object.keys(wanted).flatMap((path) => {
    // One that is only claimed has no content yet.
    const content = before[path] === undefined ? (applied[path]?.content ?? "") : "";
    return content === "" ? [] : [[path, content] as const];
  });
  return Object.fromEntries([...kept, ...added]);
}
