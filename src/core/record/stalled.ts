/** When a host waits for a person: the revision or the host is such that the agent must not decide. Pure. */
import { needsPerson } from "../model/error-codes.ts";
import type { SyncRecord } from "../model/sync-record.ts";

/** Whether the attempted revision waits for a person. */
export function isStallingRejection({ rejection }: Pick<SyncRecord, "rejection">): boolean {
  return rejection !== null && needsPerson(rejection.code);
}

/** Whether the host does: for any revision, or for the attempted one. */
export function isStalled(record: SyncRecord): boolean {
  return record.stall !== null || isStallingRejection(record);
}
