/**
 * The syncs of the past, newest last: which revision was attempted, its signer, how it ended, and what it did to units. An
 * entry is made from the inventory and the record, so that an agent that was killed before it wrote the entry writes it
 * later. Pure.
 */

import type { ActionLog } from "../model/actions.ts";
import type { Attempt } from "../model/attempt.ts";
import type { UnitFailure } from "../model/failure.ts";
import type { History, HistoryAction, HistoryEntry, HistoryOutcome } from "../model/history.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { SyncRecord } from "../model/sync-record.ts";
import { countActions } from "./actions.ts";
import { failureOf, isOpen } from "./attempt.ts";

export const maxHistoryEntries = 200;
export const maxHistoryActions = 50;

/**
 * The history with an entry for the last attempt; the same object when it has that entry already, or when the attempt has
 * not ended.
 * @param at ISO 8601
 */
export function recordSync(history: History, inventory: Inventory, record: SyncRecord, at: string): History {
  const { attempt } = record;
  const outcome = attempt === null ? null : decideOutcome(attempt, inventory, record);
  const last = history.entries.at(-1);
  const lastSync = history.entries.findLast((entry) => entry.outcome !== "corrected");
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
    cause: attempt.cause,
    beganAt: attempt.beganAt,
    took: attempt.took ?? [],
  };
  if (lastSync !== undefined && isSameSync(lastSync, entry)) return history;
  return { version: 1, entries: [...history.entries, entry].slice(-maxHistoryEntries) };
}

/**
 * The history with an entry for a correction of drift; the same object when it has done nothing.
 * @param inventory as the correction has left it
 * @param plan the steps that were carried out
 * @param at ISO 8601
 */
export function recordCorrection(
  history: History,
  inventory: Inventory,
  { plan, failedUnits }: { readonly plan: Plan; readonly failedUnits: readonly UnitFailure[] },
  at: string,
): History {
  const done = listNewActions(inventory.actions, history.entries.at(-1));
  const actions = [...plan.steps.flatMap(describeFileStep), ...done];
  if (actions.length === 0) return history;
  const [failed] = failedUnits;
  const entry: HistoryEntry = {
    at,
    outcome: "corrected",
    revision: plan.revision,
    signedBy: null,
    applied: inventory.revision,
    failure: failed === undefined ? null : { code: "unhealthy", message: failed.message },
    actions: actions.slice(0, maxHistoryActions),
    actionCount: actions.length,
    nextAction: countActions(inventory.actions),
  };
  return { version: 1, entries: [...history.entries, entry].slice(-maxHistoryEntries) };
}

function describeFileStep(step: Step): readonly HistoryAction[] {
  if (step.kind === "write") {
    const { unit, path } = step.file;
    return [{ unit: unit ?? path, action: "put back", because: `${path}: ${step.because}` }];
  }
  if (step.kind !== "delete") return [];
  const { unit, path } = step;
  return [{ unit: unit ?? path, action: "removed", because: `${path}: ${step.because}` }];
}

/** How the attempt ended; null while it has not. */
function decideOutcome(attempt: Attempt, inventory: Inventory, record: SyncRecord): HistoryOutcome | null {
  switch (attempt.phase) {
    case "waiting":
      return attempt.for === "person" ? "stalled" : null;
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
    // The message about unhealthy units has the first one in it. The message about an invalid repository only counts
    // mistakes.
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

/**
 * The actions that no entry has yet. An entry may have some already, if the agent was killed before it removed them here.
 */
function listNewActions(log: ActionLog, last: HistoryEntry | undefined): readonly HistoryAction[] {
  const next = last?.nextAction ?? 0;
  // The last entry counts more actions than there are: the inventory is new and counts from zero again.
  const known = next > countActions(log) ? 0 : Math.max(0, next - log.first);
  return log.done.slice(known).map(({ unit, action, because }) => ({ unit, action, because }));
}

/** Whether the history has all actions of the inventory. */
export function hasActions({ entries }: History, { actions }: Inventory): boolean {
  return entries.at(-1)?.nextAction === countActions(actions);
}
