/**
 * The syncs of the past, newest last: what was tried, who signed it, how it ended, and what it did to units. An entry
 * follows from the inventory and the record, so that an agent that was killed before it wrote one makes up for it. Pure.
 */

import type { ActionLog } from "../model/actions.ts";
import type { Attempt } from "../model/attempt.ts";
import type { History, HistoryAction, HistoryEntry, HistoryOutcome } from "../model/history.ts";
import type { Inventory } from "../model/inventory.ts";
import type { SyncRecord } from "../model/sync-record.ts";
import { countActions } from "./actions.ts";
import { failureOf, isOpen } from "./attempt.ts";

export const maxHistoryEntries = 200;
export const maxHistoryActions = 50;

/**
 * The history with how the host stands now as its last entry; the same object when it says so already, or when there is
 * nothing to say yet.
 * @param at ISO 8601
 */
export function recordSync(history: History, inventory: Inventory, record: SyncRecord, at: string): History {
  const { attempt } = record;
  const outcome = attempt === null ? null : decideOutcome(attempt, inventory, record);
  const last = history.entries.at(-1);
  if (outcome === null || attempt === null) return history;
  const actions = listNewActions(inventory.actions, last);
  const entry: HistoryEntry = {
    at,
    outcome,
    revision: attempt.revision,
    signedBy: attempt.signedBy,
    applied: inventory.revision,
    failure: describeFailure(record),
    actions: actions.slice(0, maxHistoryActions),
    actionCount: actions.length,
    nextAction: countActions(inventory.actions),
  };
  if (last !== undefined && isSameSync(last, entry)) return history;
  return { version: 1, entries: [...history.entries, entry].slice(-maxHistoryEntries) };
}

/** Null while the attempt has not ended. */
function decideOutcome(attempt: Attempt, inventory: Inventory, record: SyncRecord): HistoryOutcome | null {
  switch (attempt.phase) {
    case "waiting":
      return "stalled";
    case "refused":
    case "blocked":
      return "rejected";
    case "superseded":
    case "rolling-back":
    case "rolled-back":
      return attempt.phase;
    default:
      if (isOpen(attempt, inventory)) return null;
      return record.applied.failedUnits.length > 0 ? "degraded" : "applied";
  }
}

function describeFailure({ attempt, applied: { failedUnits } }: SyncRecord): HistoryEntry["failure"] {
  if (attempt?.phase === "superseded") return null;
  const failure = failureOf(attempt);
  if (failure !== null) {
    const { code, message, details } = failure;
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
