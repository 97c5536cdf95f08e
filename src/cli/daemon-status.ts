/** The line that `systemctl status gitops-agent` shows. */
import type { Outcome } from "../agent/reconcile.ts";
import { isStallingRejection } from "../core/stalled.ts";

export function chooseStatusLine({ record, kind }: Outcome): string {
  const revision =
    record.attempted === null
      ? "nothing"
      : `${record.attempted.branch}@${record.attempted.commit.slice(0, 7)}`;
  if (record.stall !== null) return `stalled: ${record.stall.message}`;
  if (record.fetchFailure !== null) {
    return `cannot fetch since ${record.fetchFailure.since}: ${record.fetchFailure.message}`;
  }
  if (record.rejection !== null)
    return `${isStallingRejection(record) ? "stalled at" : "rejected"} ${revision}: ${record.rejection.message}`;
  if (record.failedUnits.length > 0)
    return `degraded at ${revision}: ${record.failedUnits.length} units failed`;
  const drift = record.drift.length === 0 ? "" : `, ${record.drift.length} drifted`;
  return `${kind === "applied" ? "applied" : "in sync with"} ${revision}${drift}`;
}
