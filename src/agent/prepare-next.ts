/** What a sync would do now, for those who only look: `plan`, `diff`, `doctor`. Must not write to the host, nor record anything. */
import { acceptsRewrite, chooseRevision, decideWait } from "../core/gate/gate.ts";
import type { Wait } from "../core/model/attempt.ts";
import type { Intent } from "../core/model/intent.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Revision } from "../core/model/revision.ts";
import { type Prepared, type PrepareSettings, preparePlan, settingsFor } from "./prepare.ts";
import type { SyncPorts } from "./sync.ts";
import { checkTrust } from "./trust.ts";

/** The revision that the next sync would bring this host to, and what that depends on. */
export interface NextRevision {
  readonly revision: Revision;
  readonly inventory: Inventory;
  readonly intent: Intent;
}

export interface NextPlan extends Prepared {
  /** What the sync would wait for before it does any of the plan; null when it would not wait. */
  readonly wait: Wait | null;
}

/**
 * Fetches, and chooses between the tip and the revision that a person went back to.
 * @throws AgentError of the fetch and of the state
 */
export async function chooseNext({ source, state }: SyncPorts, signal: AbortSignal): Promise<NextRevision> {
  const [inventory, intent] = [await state.loadInventory(), await state.loadIntent()];
  const tip = await source.fetch(signal);
  return { revision: chooseRevision(intent, tip) ?? tip, inventory, intent };
}

/** @throws AgentError when the revision is not trusted, or cannot be prepared */
export async function prepareNext(
  ports: SyncPorts,
  settings: PrepareSettings,
  { revision, inventory, intent }: NextRevision,
  signal: AbortSignal,
): Promise<NextPlan> {
  const acceptRewrite = acceptsRewrite(intent, revision);
  await checkTrust(ports.source, { applied: inventory.revision, tip: revision, acceptRewrite }, signal);
  const decided = settingsFor(settings, intent, revision);
  const prepared = await preparePlan(ports, decided, revision, inventory, signal);
  const wait = decideWait(revision, { intent, inventory, gate: settings.gate }, ports.clock.now());
  return { ...prepared, wait };
}
