/** When a host waits for a person: the revision or the host is such that the agent must not decide. Pure. */
import type { SyncRecord } from "../model/sync-record.ts";

/** Rejections that a person has to decide about; a revision that is merely wrong is not among them. */
const stallingCodes: ReadonlySet<string> = new Set(["history-rewritten", "prune-limit"]);

/** Whether the attempted revision waits for a person. */
export function isStallingRejection({ rejection }: Pick<SyncRecord, "rejection">): boolean {
  return rejection !== null && stallingCodes.has(rejection.code);
}

/** Whether the host does: for any revision, or for the attempted one. */
export function isStalled(record: SyncRecord): boolean {
  return record.stall !== null || isStallingRejection(record);
}
