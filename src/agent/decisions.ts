/** What people have decided about this host, and what still waits for them, whatever the revision. Applies nothing. */

import type { SyncFailure } from "../core/model/failure.ts";
import type { Inventory } from "../core/model/inventory.ts";
import { allowPrune } from "../core/plan/refusals.ts";
import type { EventSink } from "../core/ports/run.ts";
import type { StatePort } from "../core/ports/state.ts";
import { claimHost, explainOtherHost } from "../core/record/host-identity.ts";
import { describeFailure, warnOf } from "./failure.ts";
import type { PrepareSettings } from "./prepare.ts";
import type { SyncMode, SyncRequest } from "./task.ts";

/**
 * Persists what a person decided with a sync and what holds from then on: paths to take over, and the host's name.
 * @returns the inventory with it
 * @throws AgentError `state-unreadable`, `state-unwritable`
 */
export async function takeDecisions(
  state: StatePort,
  host: string,
  { modes, adopt }: SyncRequest,
): Promise<Inventory> {
  const inventory = await state.loadInventory();
  const claimed = claimHost(inventory, host, modes.includes("accept-host"));
  if (adopt.length === 0 && claimed === inventory) return inventory;
  const decided = { ...claimed, adoptable: [...new Set([...claimed.adoptable, ...adopt])] };
  await state.saveInventory(decided);
  return decided;
}

/** The settings for one attempt, with what a person decided for this one only. */
export function settingsFor(settings: PrepareSettings, modes: readonly SyncMode[]): PrepareSettings {
  return modes.includes("allow-prune") ? { ...settings, policy: allowPrune(settings.policy) } : settings;
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
