/** How a round ended. Types, and the one way to make a failed one. */
import type { SyncFailure } from "../core/model/failure.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";

export interface FailedOutcome {
  readonly kind: "failed";
  readonly record: SyncRecord;
  readonly failure: SyncFailure;
  /** Whether it is the world's failure, so that the next round comes later. */
  readonly transient: boolean;
}

export type Outcome = { readonly kind: "unchanged" | "applied"; readonly record: SyncRecord } | FailedOutcome;
