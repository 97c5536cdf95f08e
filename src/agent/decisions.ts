/** Keeps what people have decided about this host, and finds what waits for a person. Applies nothing. */

import { isPinOver } from "../core/gate/gate.ts";
import type { AgentEvent } from "../core/model/events.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import { emptyHistory } from "../core/model/history.ts";
import type { Intent } from "../core/model/intent.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import type { Decision, SyncRequest } from "../core/model/sync-request.ts";
import type { Clock, EventSink } from "../core/ports/run.ts";
import type { HistoryPort, StatePort } from "../core/ports/state.ts";
import { claimHost, explainOtherHost } from "../core/record/host-identity.ts";
import { decide, endSuspension, takeDecision } from "../core/record/intent.ts";
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
  { state, events }: DecisionPorts,
  request: SyncRequest,
  tip: Revision | null,
): Promise<Intent> {
  const before = await state.loadIntent();
  const decided = decide(before, request, tip);
  const { pin } = decided;
  const isOver = pin !== null && isPinOver(pin, tip);
  const intent = isOver ? { ...decided, pin: null } : decided;
  if (intent !== before) await state.saveIntent(intent);
  if (isOver) events.emit({ type: "host.resumed", by: null, because: "there is a newer revision" });
  return intent;
}

export interface DecisionPorts {
  readonly state: StatePort;
  readonly history: HistoryPort;
  readonly events: EventSink;
  readonly clock: Clock;
}

/**
 * Saves what people decide about the host, and ends a suspension whose time is over. Each is reported once.
 * @throws AgentError `revision-not-found` for a revision that the host cannot go back to, `state-unreadable`,
 *   `state-unwritable`
 */
export async function noteDecisions(
  { state, history, events, clock }: DecisionPorts,
  { decisions = [] }: SyncRequest,
  { inventory, record }: { readonly inventory: Inventory; readonly record: SyncRecord },
): Promise<void> {
  const before = await state.loadIntent();
  const started = endSuspension(before, clock.now());
  const facts = {
    at: new Date(clock.now()).toISOString(),
    history: decisions.length === 0 ? emptyHistory : await history.load(),
    followed: record.attempt?.revision ?? inventory.revision,
  };
  const intent = decisions.reduce((now, decision) => takeDecision(now, decision, facts), started);
  if (intent !== before) await state.saveIntent(intent);
  if (started !== before) events.emit({ type: "host.resumed", by: null, because: "its time is over" });
  for (const decision of decisions) events.emit(reportDecision(decision, intent));
}

function reportDecision(decision: Decision, { pin }: Intent): AgentEvent {
  const { by } = decision;
  if (decision.kind === "resume") return { type: "host.resumed", by, because: null };
  if (decision.kind === "approve") return { type: "revision.approved", by, commit: decision.commit };
  const { because } = decision;
  if (decision.kind === "suspend") return { type: "host.suspended", by, because, until: decision.until };
  return { type: "host.pinned", by, because, commit: pin?.revision.commit ?? decision.commit };
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
