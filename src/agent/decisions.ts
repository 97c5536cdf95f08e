/** Keeps what people have decided about this host, and finds what waits for a person. Applies nothing. */

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
 * Saves the name of the host that the inventory belongs to: the first one, or a new one that a person has accepted.
 * @returns the inventory with the name
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
 * Saves what a person asks for with a sync, so that an agent that is killed meanwhile still does it at its next start.
 * @param tip the newest revision; null while the repository does not answer
 * @throws AgentError `state-unreadable`, `state-unwritable`
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
 * Finds the reason why nothing may be done on this host; null when there is none. Every round asks this again, so a stall
 * ends by itself when its cause is gone.
 * @param before what the last round found; the same stall keeps its time and is not reported again
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
