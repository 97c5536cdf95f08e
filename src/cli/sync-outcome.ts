/** The outcome of a round as the API and the sync command report it. */
import type { Outcome } from "../agent/outcome.ts";
import type { SyncOutcome } from "../api/types.ts";
import { describeWait, hintOfWait } from "../core/gate/describe.ts";

export function describeOutcome(outcome: Outcome): SyncOutcome {
  if (outcome.kind === "failed") return { version: 1, outcome: "failed", failure: outcome.failure };
  const { attempt, applied } = outcome.record;
  if (outcome.waits !== undefined && attempt !== null) {
    const { revision } = attempt;
    const hint = hintOfWait(outcome.waits, revision.commit);
    return { version: 1, outcome: "waiting", revision, message: describeWait(outcome.waits), hint };
  }
  // A round that did not fail has fetched a revision, and recorded it.
  if (attempt === null) throw new Error("a round ended well without a revision");
  return { version: 1, outcome: outcome.kind, revision: attempt.revision, failedUnits: applied.failedUnits };
}
