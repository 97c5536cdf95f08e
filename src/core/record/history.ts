/**
 * The syncs of the past, newest last: what was tried, who signed it, how it ended, and what it did to units. An entry
 * follows from the inventory and the record, so that an agent that was killed before it wrote one makes up for it. Pure.
 */
import type { ActionLog } from "../model/actions.ts";
import type { History, HistoryAction, HistoryEntry, HistoryOutcome } from "../model/history.ts";
import type { Inventory } from "../model/inventory.ts";
import type { SyncRecord } from "../model/sync-record.ts";
import { countActions } from "./actions.ts";
import { isStallingRejection } from "./stalled.ts";

export const maxHistoryEntries = 200;
export const maxHistoryActions = 50;

/**
 * The history with how the host stands now as its last entry; the same object when it says so already, or when there is
 * nothing to say yet.
 * @param at ISO 8601
 */
export function recordSync(history: History, inventory: Inventory, record: SyncRecord, at: string): History {
  const outcome = decideOutcome(inventory, record);
  const last = history.entries.at(-1);
  if (outcome === null || record.attempted === null) return history;
  const actions = listNewActions(inventory.actions, last);
  const entry: HistoryEntry = {
    at,
    outcome,
    revision: record.attempted,
    signedBy: record.attemptedSigner,
    applied: inventory.revision,
    failure: describeFailure(record),
    actions: actions.slice(0, maxHistoryActions),
    actionCount: actions.length,
    nextAction: countActions(inventory.actions),
  };
  if (last !== undefined && isSameSync(last, entry)) return history;
  return { version: 1, entries: [...history.entries, entry].slice(-maxHistoryEntries) };
}

function decideOutcome(inventory: Inventory, record: SyncRecord): HistoryOutcome | null {
  const { rejection } = record;
  if (isStallingRejection(record)) return "stalled";
  if (rejection?.code === "unhealthy") return inventory.applying === null ? "rolled-back" : "rolling-back";
  if (rejection !== null) return "rejected";
  if (inventory.applying !== null || inventory.revision?.commit !== record.attempted?.commit) return null;
  return record.failedUnits.length > 0 ? "degraded" : "applied";
}

function describeFailure({ rejection, failedUnits }: SyncRecord): HistoryEntry["failure"] {
  if (rejection !== null) {
    const { code, message, details } = rejection;
    const [first] = details;
    // The message about units names the first already; that about a repository only counts the mistakes.
    return { code, message: first === undefined || code === "unhealthy" ? message : `${message}: ${first}` };
  }
  const [first] = failedUnits;
  return first === undefined ? null : { code: "unhealthy", message: first.message };
}

function isSameSync(last: HistoryEntry, entry: HistoryEntry): boolean {
  return (
    entry.actionCount === 0 &&
    last.outcome === entry.outcome &&
    last.revision.commit === entry.revision.commit &&
    last.applied?.commit === entry.applied?.commit &&
    last.failure?.message === entry.failure?.message
  );
}

/** Those that no entry has: the agent may have been killed after it wrote one, and before it forgot them. */
function listNewActions(log: ActionLog, last: HistoryEntry | undefined): readonly HistoryAction[] {
  const next = last?.nextAction ?? 0;
  // More than were ever done: the inventory was begun anew, and counts from zero.
  const known = next > countActions(log) ? 0 : Math.max(0, next - log.first);
  return log.done.slice(known).map(({ unit, action, because }) => ({ unit, action, because }));
}

/** Whether the history has all that was done. */
export function hasActions({ entries }: History, { actions }: Inventory): boolean {
  return entries.at(-1)?.nextAction === countActions(actions);
}
