/** The outcome of a round as the API and the sync command report it. */
import type { Outcome } from "../agent/outcome.ts";
import type { SyncOutcome } from "../api/types.ts";

export function describeOutcome(outcome: Outcome): SyncOutcome {
  if (outcome.kind === "failed") return { version: 1, outcome: "failed", failure: outcome.failure };
  const { attempt, applied } = outcome.record;
  // A round that did not fail has fetched a revision, and recorded it.
  if (attempt === null) throw new Error("a round ended well without a revision");
  return { version: 1, outcome: outcome.kind, revision: attempt.revision, failedUnits: applied.failedUnits };
}
