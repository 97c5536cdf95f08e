/** Copies the files that an apply is about to change, before its first write. Must not change the files themselves. */

import type { Desired } from "../core/model/desired.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { ObservedFile, ObservedUnit } from "../core/model/observed.ts";
import type { Original } from "../core/model/original.ts";
import type { Plan } from "../core/model/plan.ts";
import { findOriginals, findTakenOver } from "../core/plan/originals.ts";
import { releaseUnits } from "../core/plan/release.ts";
import type { HostFilesPort } from "../core/ports/host.ts";
import type { EventSink } from "../core/ports/run.ts";

export interface OriginalsInput {
  readonly plan: Plan;
  readonly desired: Desired;
  /** The inventory that the plan was made with. */
  readonly applied: Inventory;
  readonly observed: ReadonlyMap<string, ObservedUnit>;
  readonly observedFiles: ReadonlyMap<string, ObservedFile>;
}

/**
 * Copies each file that the plan overwrites, takes over or deletes, unless it is as the agent wrote it, or was copied
 * earlier in the same attempt. When this returns, the copies survive a power failure. A correction has no way back, so it
 * remembers nothing here; what it overwrites is copied at its step.
 * @returns the inventory with the copies, with the units that the plan takes over, and without the units that it releases
 * @throws AgentError `host-write-failed`; nothing may be overwritten then
 */
export async function saveOriginals(
  { files, events }: { readonly files: HostFilesPort; readonly events: EventSink },
  { plan, desired, applied, observed, observedFiles }: OriginalsInput,
): Promise<Inventory> {
  if (plan.scope !== null) return applied;
  const originals: Record<string, Original> = { ...applied.originals };
  for (const [path, original] of findOriginals(applied, plan, observedFiles, desired.layout)) {
    if (original.kind === "as-applied" || original.kind === "absent") originals[path] = original;
    else {
      const copy = await saveCopy({ files, events }, path, listCopies(originals));
      originals[path] = original.kind === "link" ? original : { ...original, copy };
    }
  }
  const takenOver = findTakenOver(applied, desired, observed);
  const saved = { ...applied, originals, takenOver };
  const released = releaseUnits(saved, plan, observed);
  // A unit that starts before systemd has loaded the restored files, at a boot for instance, does not run with these.
  const isReloaded = plan.steps.some(({ kind }) => kind === "daemon-reload");
  return released === saved || !isReloaded ? released : { ...released, reloadOwed: true, loadedAtUs: 0 };
}

/**
 * Copies one file, and reports it.
 * @param kept older copies that must not be deleted
 * @returns the path of the copy
 * @throws AgentError `host-write-failed`
 */
export async function saveCopy(
  { files, events }: { readonly files: HostFilesPort; readonly events: EventSink },
  path: string,
  kept: readonly string[],
): Promise<string> {
  const backup = await files.backup(path, kept);
  events.emit({ type: "file.saved", path, backup });
  return backup;
}

/** The paths of the copies that are still needed, however old they are. */
export function listCopies(originals: Readonly<Record<string, Original>>): readonly string[] {
  return Object.values(originals).flatMap((original) => (original.kind === "file" ? [original.copy] : []));
}
