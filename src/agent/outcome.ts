/** How a round ended. Types only. */
import type { SyncFailure } from "../core/model/failure.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";

export interface FailedOutcome {
  readonly kind: "failed";
  readonly record: SyncRecord;
  readonly failure: SyncFailure;
  /** True for a failure of the repository, systemd or the disk: then the pause before the next round grows. */
  readonly transient: boolean;
}

export type Outcome = { readonly kind: "unchanged" | "applied"; readonly record: SyncRecord } | FailedOutcome;
