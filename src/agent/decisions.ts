/** What people have decided about this host, and what still waits for them, whatever the revision. Applies nothing. */

import type { SyncFailure } from "../core/model/failure.ts";
import type { Intent } from "../core/model/intent.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncRequest } from "../core/model/sync-request.ts";
import type { EventSink } from "../core/ports/run.ts";
import type { StatePort } from "../core/ports/state.ts";
import { claimHost, explainOtherHost } from "../core/record/host-identity.ts";
import { decide } from "../core/record/intent.ts";
import { describeFailure, warnOf } from "./failure.ts";

/**
 * Persists the name that the inventory belongs to, and that a person may have given it anew.
 * @returns the inventory with it
 * @throws AgentError `state-unreadable`, `state-unwritable`
 */
export async function nameInventory(
  state: StatePort,
  host: string,
  { modes }: Pick<SyncRequest, "modes">,
): Promise<Inventory> {
  const inventory = await state.loadInventory();
  const claimed = claimHost(inventory, host, modes.includes("accept-host"));
  if (claimed !== inventory) await state.saveInventory(claimed);
  return claimed;
}

/**
 * Persists what a person asks for with a sync, so that an agent that is killed over it goes on with it.
 * @throws AgentError `state-unwritable`
 */
export async function noteIntent(
  state: StatePort,
  request: SyncRequest,
  tip: Revision | null,
): Promise<Intent> {
  const before = await state.loadIntent();
  const intent = decide(before, request, tip);
  if (intent !== before) await state.saveIntent(intent);
  return intent;
}

/**
 * Why nothing may be done on this host; null when there is no reason. Looked at in every round, so that it ends by itself
 * when its cause does.
 * @param before what the round before found
 * @param now ISO 8601
 */
export function findStall(
  events: EventSink,
  { inventory, host }: { readonly inventory: Inventory; readonly host: string },
  before: SyncFailure | null,
  now: string,
): SyncFailure | null {
  const error = explainOtherHost(inventory, host);
  if (error === null) return null;
  if (before?.message !== error.message) warnOf(events, "this host is stalled until a person decides", error);
  return describeFailure(error, before, now);
}
