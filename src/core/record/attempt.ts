/** How an attempt goes from phase to phase, and what a phase means to those who show it. Pure. */
import type { Attempt, AttemptFacts, Phase, PhaseName } from "../model/attempt.ts";
import type { SyncFailure } from "../model/failure.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Revision } from "../model/revision.ts";

/** The failures that a person has to decide about; a revision that is merely wrong is not among them. */
const decidableCodes: ReadonlySet<string> = new Set(["history-rewritten", "prune-limit"]);

/** The world's failures, which pass: the same revision is tried again without anybody asking. */
const transientCodes: ReadonlySet<string> = new Set([
  "systemd-unreachable",
  "systemd-refused",
  "host-write-failed",
  "state-unwritable",
  "credential-store-unsafe",
  "repository-unreachable",
  "clone-damaged",
  // A key file or a program that this host lacks: mended on the host, not by a push.
  "config-invalid",
]);

/** @param at ISO 8601 */
export function beginAttempt(
  facts: Omit<AttemptFacts, "beganAt" | "phaseAt" | "signedBy">,
  at: string,
): Attempt {
  return { ...facts, signedBy: null, beganAt: at, phaseAt: at, phase: "fetched" };
}

/** The attempt in its next phase. @param at ISO 8601 */
export function enter(
  { revision, cause, signedBy, beganAt }: AttemptFacts,
  phase: Phase,
  at: string,
): Attempt {
  return { revision, cause, signedBy, beganAt, phaseAt: at, ...phase };
}

/** The phase of an attempt that has failed before its units were judged. */
export function choosePhaseAfter(failure: SyncFailure): Phase {
  if (decidableCodes.has(failure.code)) return { phase: "waiting", for: "person", failure };
  return { phase: transientCodes.has(failure.code) ? "blocked" : "refused", failure };
}

/** Why the attempted revision is not on the host; null when it is, or may get there yet. */
export function failureOf(attempt: Attempt | null): SyncFailure | null {
  return attempt !== null && "failure" in attempt ? attempt.failure : null;
}

/** Why the host could not leave the attempted revision yet; null when it does not have to, or has. */
export function returnFailureOf(attempt: Attempt | null): SyncFailure | null {
  return attempt?.phase === "rolling-back" ? attempt.blockedBy : null;
}

const lastingPhases: ReadonlySet<PhaseName> = new Set(["refused", "waiting", "rolling-back", "rolled-back"]);

/** Whether the revision is not tried again by itself. */
export function isLasting(attempt: Attempt): boolean {
  return lastingPhases.has(attempt.phase);
}

/** Whether the units of the revision did not work. */
export function isUnhealthy(attempt: Attempt | null): boolean {
  return attempt?.phase === "rolling-back" || attempt?.phase === "rolled-back";
}

/** Whether the host does not have the revision, and nobody has decided against it. */
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

/** What an earlier version wrote instead of an attempt. */
export interface EarlierRecord {
  readonly attempted: Revision | null;
  readonly attemptedSigner: string | null;
  readonly rejection: SyncFailure | null;
  readonly returnFailure: SyncFailure | null;
  readonly failedUnits: readonly unknown[];
}

/**
 * The attempt that an earlier version's record tells of, with what its inventory says of the phase.
 * @param at ISO 8601: nobody noted when it began
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
