/**
 * Finds what an attempt must remember before it changes the host. A rollback can then put back the files that were on
 * the host, hand edits too, and not only those of the earlier revision. Pure; agent/originals.ts makes the copies.
 */
import { isAppliedContent, isSameAccess } from "../drift/applied-file.ts";
import type { Desired } from "../model/desired.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import type { ObservedFile, ObservedUnit } from "../model/observed.ts";
import type { ForeignOriginal, Original } from "../model/original.ts";
import type { Plan, Step } from "../model/plan.ts";
import { isPassing, isUp } from "../units/activity.ts";
import { parseInstance } from "../units/unit-name.ts";

/** An original of which no copy has been made yet. */
export type FoundOriginal =
  | Exclude<Original, { readonly kind: "file" }>
  | Omit<Extract<Original, { readonly kind: "file" }>, "copy">;

/**
 * The originals of the paths that the plan changes, without those that the attempt already remembers.
 * @param observed the observation that the plan was made from
 */
export function findOriginals(
  applied: Inventory,
  plan: Plan,
  observed: ReadonlyMap<string, ObservedFile>,
  layout: HostLayout,
): ReadonlyMap<string, FoundOriginal> {
  const originals = new Map<string, FoundOriginal>();
  for (const path of plan.steps.flatMap(listPath)) {
    if (applied.originals[path] !== undefined) continue;
    const found = observed.get(path) ?? { kind: "absent" };
    const original = describeOriginal(applied.files[path], found, layout);
    if (original !== null) originals.set(path, original);
  }
  return originals;
}

/** The path that a step writes, takes over or deletes. */
function listPath(step: Step): readonly string[] {
  if (step.kind === "write" || step.kind === "adopt") return [step.file.path];
  return step.kind === "delete" ? [step.path] : [];
}

function describeOriginal(
  applied: AppliedFile | undefined,
  found: ObservedFile,
  layout: HostLayout,
): FoundOriginal | null {
  if (found.kind === "other") return null;
  const managed = applied !== undefined;
  if (managed && isAppliedContent(applied, found)) {
    if (found.kind !== "file" || isSameAccess(applied, found, layout)) return { kind: "as-applied" };
  }
  return { ...found, managed };
}

/** Whether the path is now as the original says. */
export function isStanding(original: ForeignOriginal, found: ObservedFile): boolean {
  if (original.kind === "link") return found.kind === "link" && found.linkTarget === original.linkTarget;
  if (original.kind === "absent") return found.kind === "absent";
  return (
    found.kind === "file" &&
    found.digest === original.digest &&
    found.mode === original.mode &&
    found.owner === original.owner &&
    found.group === original.group
  );
}

/**
 * Units that run now, and that git defines or extends for the first time in this attempt.
 * @returns unit → its invocation before the attempt
 */
export function findTakenOver(
  applied: Inventory,
  desired: Desired,
  observed: ReadonlyMap<string, ObservedUnit>,
): Readonly<Record<string, string>> {
  const takenOver: Record<string, string> = { ...applied.takenOver };
  for (const [name, { invocationId }] of observed) {
    const template = parseInstance(name)?.template ?? "";
    const unit = desired.units.get(name) ?? desired.units.get(template);
    const isKnown = applied.units[name] !== undefined || applied.units[template] !== undefined;
    if (unit === undefined || isKnown || takenOver[name] !== undefined || !isUp(observed.get(name))) continue;
    // A oneshot without RemainAfterExit= ends by itself, so a rollback does not start it again.
    if (invocationId !== null && !isPassing({ ...unit, name })) takenOver[name] = invocationId;
  }
  return takenOver;
}

/**
 * The inventory after an attempt that ended well, without originals. Of a foreign link that enabled or named a unit
 * before, the target is kept, so that the link can be restored when git removes the unit.
 */
export function forgetOriginals(applied: Inventory): Inventory {
  const files: Record<string, AppliedFile> = { ...applied.files };
  for (const [path, original] of Object.entries(applied.originals)) {
    const file = files[path];
    if (original.kind !== "link" || original.managed || file === undefined) continue;
    if (file.role === "enablement" || file.role === "alias") {
      files[path] = { ...file, foundLink: original.linkTarget };
    }
  }
  return { ...applied, files, originals: {}, takenOver: {} };
}
