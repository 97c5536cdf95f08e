/**
 * Plans which files are put back as they were: before the agent took the path over, or before a revision that is undone
 * wrote over it. Pure.
 */
import { isAppliedContent, isSameAsApplied } from "../drift/applied-file.ts";
import type { Desired, HostFile } from "../model/desired.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";
import type { ForeignOriginal } from "../model/original.ts";
import type { Step } from "../model/plan.ts";
import { isStanding } from "./originals.ts";
import { findVendorFile } from "./vendor-unit.ts";

export type RestoreStep = Extract<Step, { kind: "restore" }>;

/**
 * The steps that put originals back.
 * - A path that the desired revision does not have: the foreign file or link that an unfinished or failed attempt took
 *   over.
 * - A path that the desired revision has, when it is the last good revision: the file as it was, with its hand edits.
 */
export function planRestores(
  desired: Desired,
  applied: Inventory,
  observed: ReadonlyMap<string, ObservedFile>,
): readonly RestoreStep[] {
  const isReturn = desired.revision.commit === applied.revision?.commit;
  return Object.entries(applied.originals).flatMap(([path, original]) => {
    if (original.kind === "as-applied") return [];
    const owned = desired.files.get(path) ?? null;
    const record = applied.files[path];
    const found: ObservedFile = observed.get(path) ?? { kind: "absent" };
    const isWanted =
      owned === null ? isTakenOver(original, record) : isReturn && isLeft(original, found, owned, record);
    const place = owned ?? record;
    if (!isWanted || place === undefined) return [];
    return [describeStep({ path, role: place.role, unit: place.unit, owned }, original, record, found)];
  });
}

/**
 * Whether a foreign file or link was taken over. A path that did not exist before is deleted like any other file that
 * leaves git.
 */
function isTakenOver(original: ForeignOriginal, record: AppliedFile | undefined): boolean {
  return record !== undefined && !original.managed && original.kind !== "absent";
}

/** Whether the file was managed before the attempt, and the host or the inventory differs now from what it was then. */
function isLeft(
  original: ForeignOriginal,
  found: ObservedFile,
  owned: HostFile,
  record: AppliedFile | undefined,
): boolean {
  const isAsBefore = record !== undefined && isSameAsApplied(owned, record) && isStanding(original, found);
  return original.managed && !isAsBefore;
}

function describeStep(
  place: Pick<RestoreStep, "path" | "role" | "unit" | "owned">,
  original: ForeignOriginal,
  record: AppliedFile | undefined,
  found: ObservedFile,
): RestoreStep {
  const isWritten = !isStanding(original, found);
  const isOurs = record !== undefined && isAppliedContent(record, found);
  return {
    kind: "restore",
    ...place,
    original,
    isWritten,
    backup: isWritten && found.kind !== "absent" && !isOurs,
    because: explain(place.owned !== null, isWritten),
  };
}

function explain(isOwned: boolean, isWritten: boolean): string {
  if (isOwned) return "so it was on the host before the revision that is undone";
  return isWritten
    ? "it was not ours before the revision that is undone"
    : "it was not ours before the revision that is undone, and is as it was";
}

/**
 * Restores links that enabled the distribution's unit before the agent took them over. Done when git removes its own
 * unit of the same name, so that the distribution's unit is enabled again.
 */
export function planVendorLinks(
  desired: Desired,
  applied: Inventory,
  observed: ReadonlyMap<string, ObservedFile>,
): readonly RestoreStep[] {
  return Object.entries(applied.files).flatMap(([path, record]) => {
    const { foundLink, unit } = record;
    if (foundLink === undefined || unit === null || desired.files.has(path)) return [];
    const vendorFile =
      desired.units.get(unit)?.owned === true ? null : findVendorFile(unit, observed, desired.layout);
    if (vendorFile === null) return [];
    const linkTarget = foundLink === record.content ? vendorFile : foundLink;
    const found: ObservedFile = observed.get(path) ?? { kind: "absent" };
    const original = { kind: "link", managed: false, linkTarget } as const;
    const step = describeStep({ path, role: record.role, unit, owned: null }, original, record, found);
    return [{ ...step, because: `it enabled ${vendorFile} before git defined ${unit}` }];
  });
}
