/** Decides what a round has to do, from what is known before it. Pure. */

import type { Attempt, Cause } from "../core/model/attempt.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import type { SyncRequest } from "../core/model/sync-request.ts";
import { isLasting, isUnhealthy } from "../core/record/attempt.ts";

export interface Round extends SyncRequest {
  readonly cause: Cause;
  /**
   * Waits until another look at the repository is due while this round goes on: at a push, when a person asks, or after
   * the interval. Resolves with the cause. Resolves also when the signal aborts.
   */
  nextHint(signal: AbortSignal): Promise<Cause>;
  /** Call this before the round looks at the whole host: hints that came until then are done with. */
  beginFullLook(): Promise<void>;
}

export type Task =
  | { readonly kind: "none" }
  | { readonly kind: "apply"; readonly revision: Revision }
  | { readonly kind: "roll-back"; readonly to: Revision };

export interface TaskInput {
  readonly round: Pick<Round, "cause" | "modes">;
  /** Newest revision; null while the repository does not answer. */
  readonly tip: Revision | null;
  readonly inventory: Inventory;
  readonly record: Pick<SyncRecord, "attempt">;
}

/**
 * Chooses the task of a round. A revision gets one attempt. What an attempt left unfinished is finished first, also while
 * the repository does not answer. A rejected revision is left alone until there is a new one, or a person asks.
 */
export function chooseTask(input: TaskInput): Task {
  const { tip, inventory, record } = input;
  const revision = tip ?? findUnfinished(inventory, record.attempt);
  if (revision === null) return { kind: "none" };
  const attempt = record.attempt?.revision.commit === revision.commit ? record.attempt : null;
  if (attempt !== null && isLasting(attempt) && !isTriedAgain(attempt, input)) {
    const isOnItsWayBack = attempt.phase === "rolling-back" && inventory.revision !== null;
    return isOnItsWayBack ? { kind: "roll-back", to: inventory.revision } : { kind: "none" };
  }
  return isPoll(input) && !isDue(attempt, revision, inventory)
    ? { kind: "none" }
    : { kind: "apply", revision };
}

/** During a rollback `applying` may already be the good revision, so the attempted revision is taken from the attempt. */
function findUnfinished(inventory: Inventory, attempt: Attempt | null): Revision | null {
  return attempt?.phase === "rolling-back" ? attempt.revision : inventory.applying;
}

/** Whether this round only looks for a new revision: no person asked, and the agent has not just started. */
function isPoll({ round: { cause } }: TaskInput): boolean {
  return cause === "time" || cause === "push";
}

/**
 * A round at the agent's start tries again, because agent.yaml may be corrected now. It does not try an unhealthy revision
 * again: an agent that restarts often would restart its units each time.
 */
function isTriedAgain(attempt: Attempt, input: TaskInput): boolean {
  return !isPoll(input) && (input.round.modes.includes("retry") || !isUnhealthy(attempt));
}

function isDue(attempt: Attempt | null, { commit }: Revision, inventory: Inventory): boolean {
  return (
    attempt === null ||
    inventory.revision?.commit !== commit ||
    inventory.applying !== null ||
    inventory.reloadOwed
  );
}
