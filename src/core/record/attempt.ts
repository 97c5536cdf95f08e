/** The phases of an attempt: which one follows, and what each means for the next round, status and history. Pure. */
import type { Attempt, AttemptFacts, Phase, PhaseName, WaitingAtGate } from "../model/attempt.ts";
import { isTransient, needsPerson } from "../model/error-codes.ts";
import type { SyncFailure } from "../model/failure.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Revision } from "../model/revision.ts";

/** @param at ISO 8601 */
export function beginAttempt(
  facts: Omit<AttemptFacts, "beganAt" | "phaseAt" | "signedBy">,
  at: string,
): Attempt {
  return { ...facts, signedBy: null, beganAt: at, phaseAt: at, phase: "fetched" };
}

/**
 * The attempt in its next phase.
 * @param at ISO 8601
 */
export function enter(
  before: AttemptFacts & { readonly phase?: PhaseName },
  phase: Phase,
  at: string,
): Attempt {
  const { revision, cause, signedBy, beganAt, phaseAt, took = [] } = before;
  const ms = Math.max(0, Date.parse(at) - Date.parse(phaseAt));
  const over = before.phase === undefined ? [] : [{ phase: before.phase, ms }];
  return { revision, cause, signedBy, beganAt, phaseAt: at, took: [...took, ...over], ...phase };
}

/** The phase of an attempt that has failed before its units were watched. */
export function choosePhaseAfter(failure: SyncFailure): Phase {
  if (needsPerson(failure.code)) return { phase: "waiting", for: "person", failure };
  return { phase: isTransient(failure.code) ? "blocked" : "refused", failure };
}

/** Why the attempted revision is not on the host; null when it is, or when the attempt has not failed. */
export function failureOf(attempt: Attempt | null): SyncFailure | null {
  return attempt !== null && "failure" in attempt ? attempt.failure : null;
}

/** Why the host could not go back from the attempted revision yet; null when it need not go back, or has done so. */
export function returnFailureOf(attempt: Attempt | null): SyncFailure | null {
  return attempt?.phase === "rolling-back" ? attempt.blockedBy : null;
}

const lastingPhases: ReadonlySet<PhaseName> = new Set(["refused", "waiting", "rolling-back", "rolled-back"]);

/** Whether the agent does not try the revision again by itself. */
export function isLasting(attempt: Attempt): boolean {
  return lastingPhases.has(attempt.phase) && waitAtGate(attempt) === null;
}

/** What the attempt waits for at the gate; null when it does not wait there. */
export function waitAtGate(attempt: Attempt | null): (AttemptFacts & WaitingAtGate) | null {
  return attempt?.phase === "waiting" && attempt.for !== "person" ? attempt : null;
}

/** Whether the units of the revision did not work. */
export function isUnhealthy(attempt: Attempt | null): boolean {
  return attempt?.phase === "rolling-back" || attempt?.phase === "rolled-back";
}

/** Whether the host does not have the revision yet, and the attempt has not failed. */
export function isOpen(attempt: Attempt, { applying, revision }: Inventory): boolean {
  switch (attempt.phase) {
    case "fetched":
    case "applying":
    case "settling":
    case "superseded":
      return true;
    case "applied":
    case "degraded":
      return applying !== null || revision?.commit !== attempt.revision.commit;
    default:
      return false;
  }
}

/** The fields that an earlier version of the agent wrote instead of an attempt. */
export interface EarlierRecord {
  readonly attempted: Revision | null;
  readonly attemptedSigner: string | null;
  readonly rejection: SyncFailure | null;
  readonly returnFailure: SyncFailure | null;
  readonly failedUnits: readonly unknown[];
}

/**
 * Makes the attempt from the record of an earlier version. Its phase follows from the record and the inventory.
 * @param at ISO 8601, the time that the attempt gets, since its beginning was not recorded
 */
export function recallAttempt(earlier: EarlierRecord, inventory: Inventory, at: string): Attempt | null {
  const { attempted: revision, attemptedSigner: signedBy } = earlier;
  if (revision === null) return null;
  const facts = { revision, cause: "time", signedBy, beganAt: at } as const;
  return enter({ ...facts, phaseAt: at }, recallPhase(earlier, revision, inventory), at);
}

function recallPhase(earlier: EarlierRecord, { commit }: Revision, { applying, revision }: Inventory): Phase {
  const { rejection: failure, returnFailure: blockedBy } = earlier;
  if (failure?.code === "unhealthy") {
    return applying === null
      ? { phase: "rolled-back", failure }
      : { phase: "rolling-back", failure, blockedBy };
  }
  if (failure !== null) return choosePhaseAfter(failure);
  if (applying !== null) return { phase: "applying" };
  if (revision?.commit !== commit) return { phase: "fetched" };
  return { phase: earlier.failedUnits.length > 0 ? "degraded" : "applied" };
}
