/**
 * How the inventory changes before and while files are written: what the agent is about to write is its own from before
 * the first byte, whether it then gets that far or not. Pure.
 */
import { contentOf, modeOf } from "./plan-files.ts";
import type { AppliedFile, Desired, HostFile, Inventory, Plan } from "./state.ts";

/**
 * Before the first write: the new files are claimed (with no content yet), so that a kill between two writes does not
 * leave files that nobody owns; new credentials are announced before they become current.
 */
export function claimPlan(
  applied: Inventory,
  desired: Desired,
  plan: Plan,
  generation: string | null,
): Inventory {
  const claimed: Record<string, AppliedFile> = {};
  for (const step of plan.steps) {
    if (step.kind !== "write" || applied.files[step.file.path] !== undefined) continue;
    claimed[step.file.path] = { ...recordFile(step.file), content: "" };
  }
  const files = { ...applied.files, ...claimed };
  const begun = { ...applied, files, applying: plan.revision };
  if (!plan.steps.some(({ kind }) => kind === "credentials")) return begun;
  return {
    ...begun,
    generation,
    credentials: desired.credentials,
    credentialsFrom: desired.revision,
  };
}

/** A file as the inventory remembers it once it is written. */
export function recordFile(file: HostFile): AppliedFile {
  return {
    role: file.role,
    unit: file.unit,
    origin: file.origin,
    kind: file.kind,
    content: contentOf(file),
    mode: modeOf(file),
    ...(file.kind === "file" && file.owner !== undefined ? { owner: file.owner } : {}),
    ...(file.kind === "file" && file.group !== undefined ? { group: file.group } : {}),
  };
}

/**
 * After a write failed, on a full disk for instance: what was written until then is ours, what was not is claimed no
 * longer, so that neither is taken for a hand edit. The jobs are planned anew.
 * @param before the inventory before `claimed`
 * @param done paths of the file steps that were carried out
 */
export function recordPartlyWritten(
  before: Inventory,
  claimed: Inventory,
  plan: Plan,
  done: ReadonlySet<string>,
): Inventory {
  const files: Record<string, AppliedFile> = { ...claimed.files };
  let reloadOwed = claimed.reloadOwed;
  for (const step of plan.steps) {
    const path = step.kind === "delete" ? step.path : "file" in step ? step.file.path : null;
    if (path === null) continue;
    if (!done.has(path)) {
      if (before.files[path] === undefined) delete files[path];
      continue;
    }
    if (step.kind === "delete") delete files[path];
    else if ("file" in step) files[path] = recordFile(step.file);
    reloadOwed = true;
  }
  return { ...claimed, files, reloadOwed, loadedAtUs: reloadOwed ? 0 : claimed.loadedAtUs };
}
