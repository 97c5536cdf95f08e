/**
 * The file half of the plan: which files are written, adopted or deleted, and which foreign files block the plan. Pure.
 */

import { contentOf, isAppliedContent, isSameAccess, isSameAsApplied } from "../drift/applied-file.ts";
import { policyOf } from "../drift/policy.ts";
import type { Desired, HostFile } from "../model/desired.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";
import type { Refusal, Step } from "../model/plan.ts";
import { listParents } from "../units/parent-paths.ts";
import { type FileStep, pathOf } from "./file-steps.ts";
import type { RefusalPolicy } from "./refusals.ts";
import { planRestores, planVendorLinks } from "./restore-files.ts";
import { leadsToVendorFile } from "./vendor-unit.ts";

export interface FilePlan {
  readonly steps: readonly FileStep[];
  readonly refusals: readonly Refusal[];
}

const absent: ObservedFile = { kind: "absent" };

export function planFiles(
  desired: Desired,
  applied: Inventory,
  observed: ReadonlyMap<string, ObservedFile>,
  { prune, mayAdopt: isAllowed }: Pick<RefusalPolicy, "prune" | "mayAdopt">,
): FilePlan {
  const steps: FileStep[] = [];
  const refusals: Refusal[] = [];
  const restores = planRestores(desired, applied, observed);
  const links = prune ? planVendorLinks(desired, applied, observed) : [];
  const restored = new Map([...links, ...restores].map((step) => [step.path, step]));
  for (const file of desired.files.values()) {
    if (restored.has(file.path)) continue;
    const mayAdopt = file.adopt === true || isAllowed(file.path);
    const decision = planFile(
      file,
      applied.files[file.path],
      observed.get(file.path) ?? absent,
      mayAdopt,
      desired,
    );
    if (decision === null) continue;
    if ("code" in decision) refusals.push(decision);
    else steps.push(decision);
  }
  steps.push(...restored.values());
  const deletions = planDeletions(desired, applied, observed).filter(({ path }) => !restored.has(path));
  const parents = new Set(steps.flatMap((step) => listParents(pathOf(step))));
  const isInTheWay = (step: FileStep) => parents.has(pathOf(step));
  // Deletions come last, so that what refers to a file goes before it. A file or link whose path becomes a directory goes first,
  // also without prune: what is written below a link would land where the link leads.
  const late = prune ? deletions.filter((step) => !isInTheWay(step)) : [];
  return { steps: [...deletions.filter(isInTheWay), ...steps, ...late], refusals };
}

/** Whether a plan has no step for the path, whatever is there: git has the file as it was applied, and nothing is to be restored. */
export function isLeftAlone(path: string, desired: Desired, applied: Inventory): boolean {
  const file = desired.files.get(path);
  const record = applied.files[path];
  if (file === undefined || record === undefined || applied.originals[path] !== undefined) return false;
  return isSameAsApplied(file, record);
}

/**
 * Compares three ways: desired ≠ applied is a change; observed ≠ applied is drift, which only the drift report shows.
 */
function planFile(
  file: HostFile,
  applied: AppliedFile | undefined,
  observed: ObservedFile,
  mayAdopt: boolean,
  desired: Desired,
): FileStep | Refusal | null {
  const identical = isSameContent(file, observed);
  if (applied === undefined) {
    if (observed.kind === "absent") return write(file, "new in git", false, false);
    if (identical) return { kind: "adopt", file, because: "the host already has it, byte for byte" };
    if (enablesTheSame(file, observed, desired.layout))
      return write(file, "it enables the same unit so far, by the distribution's file", false, true);
    if (!mayAdopt || observed.kind === "other") return conflict(file, observed);
    return write(file, "adopted from what stood there, which is backed up", true, true);
  }
  if (isSameAsApplied(file, applied)) return null;
  const because = applied.content === contentOf(file) ? "its mode or owner changed in git" : "changed in git";
  if (identical && isSameMode(file, observed, desired.layout)) return { kind: "adopt", file, because };
  if (observed.kind === "other") return conflict(file, observed);
  const editedByHand = observed.kind !== "absent" && !isAppliedContent(applied, observed) && !identical;
  const isIgnored = policyOf({ kind: "modified", unit: file.unit, path: file.path }, desired) === "ignore";
  const edit = isIgnored ? "was ignored so far, and is backed up" : "is backed up";
  const note = editedByHand ? `${because} (the hand edit on the host ${edit})` : because;
  return write(file, note, editedByHand, observed.kind !== "absent");
}

/** Of a link in `x.target.wants` only the name counts (systemd.unit(5)), so that it is in nobody's way. */
function enablesTheSame({ role, unit }: HostFile, observed: ObservedFile, layout: HostLayout): boolean {
  const isLink = role === "enablement" && unit !== null && observed.kind === "link";
  return isLink && leadsToVendorFile(observed.linkTarget, unit, layout);
}

function write(file: HostFile, because: string, backup: boolean, replaces: boolean): FileStep {
  return { kind: "write", file, because, backup, replaces };
}

function planDeletions(
  desired: Desired,
  applied: Inventory,
  observed: ReadonlyMap<string, ObservedFile>,
): readonly Extract<Step, { kind: "delete" }>[] {
  return Object.entries(applied.files)
    .filter(([path]) => !desired.files.has(path))
    .map(([path, file]) => {
      const found = observed.get(path) ?? absent;
      const backup = found.kind !== "absent" && !isAppliedContent(file, found);
      const because = backup ? "removed from git (the hand edit is backed up)" : "removed from git";
      return { kind: "delete" as const, path, role: file.role, unit: file.unit, because, backup };
    });
}

function conflict(file: HostFile, observed: ObservedFile): Refusal {
  const what = observed.kind === "other" ? observed.what : `another ${observed.kind}`;
  return {
    code: "conflict",
    subject: file.path,
    message: `${file.path} exists as ${what} that gitops-agent did not write; ${file.origin} would replace it`,
    hint: `compare the two (gitops-agent diff); then make them equal, remove ${file.path}, or let git have it: gitops-agent adopt ${file.path}`,
  };
}

export function isSameContent(file: HostFile, observed: ObservedFile): boolean {
  if (file.kind === "link") return observed.kind === "link" && observed.linkTarget === file.linkTarget;
  return observed.kind === "file" && observed.digest === file.digest;
}

function isSameMode(file: HostFile, observed: ObservedFile, layout: HostLayout): boolean {
  if (file.kind === "link" || observed.kind !== "file") return true;
  return isSameAccess(file, observed, layout);
}
