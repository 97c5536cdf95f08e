/** Saves what an apply is about to touch, before its first write. Decides nothing, and must not touch the originals. */

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
 * Copies each file that the plan overwrites, takes over or deletes, and that is not what the agent wrote; not again what was
 * copied earlier in the same attempt. The copies are durable when this returns.
 * @returns the inventory that knows of them, of the units that the plan takes over and of those that it lets go
 * @throws AgentError `host-write-failed`; nothing may be overwritten then
 */
export async function saveOriginals(
  { files, events }: { readonly files: HostFilesPort; readonly events: EventSink },
  { plan, desired, applied, observed, observedFiles }: OriginalsInput,
): Promise<Inventory> {
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
  // What starts until systemd has loaded the files that come back, at a boot for instance, does not run with those.
  const isReloaded = plan.steps.some(({ kind }) => kind === "daemon-reload");
  return released === saved || !isReloaded ? released : { ...released, reloadOwed: true, loadedAtUs: 0 };
}

/** @returns where the copy is */
export async function saveCopy(
  { files, events }: { readonly files: HostFilesPort; readonly events: EventSink },
  path: string,
  kept: readonly string[],
): Promise<string> {
  const backup = await files.backup(path, kept);
  events.emit({ type: "file.saved", path, backup });
  return backup;
}

/** Copies that are still needed, however old they are. */
export function listCopies(originals: Readonly<Record<string, Original>>): readonly string[] {
  return Object.values(originals).flatMap((original) => (original.kind === "file" ? [original.copy] : []));
}
