/**
 * The way back of files: what stood at a path before the agent took it over, or before a revision that is given up wrote
 * over it, is put back. Pure.
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
 * Paths that the desired revision does not have are put back as they were before an attempt that did not come to a good
 * end took them over. Going back to the last good revision, so are those that it has, with the hand edits of then.
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

/** What did not exist is deleted like everything that leaves git. */
function isTakenOver(original: ForeignOriginal, record: AppliedFile | undefined): boolean {
  return record !== undefined && !original.managed && original.kind !== "absent";
}

/** Whether the last good revision has the path, and the host or the inventory has something else than before. */
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
 * Links that enabled the distribution's unit before the agent took them over enable it again when git's unit of the same
 * name goes.
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
