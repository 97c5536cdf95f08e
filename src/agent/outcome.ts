/** How a round ended. Types only. */
import type { Wait } from "../core/model/attempt.ts";
import type { CorrectedDrift } from "../core/model/correction.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";

interface Finished {
  readonly record: SyncRecord;
  /** What was put back after the round had looked at the host; absent for nothing. */
  readonly corrected?: readonly CorrectedDrift[];
  /** What keeps the revision from being applied, or the host from being brought back to it; absent: nothing does. */
  readonly waits?: Wait;
  /** When the next round is due at the latest, since a wait then ends by itself. ISO 8601; absent: after the interval. */
  readonly dueAt?: string;
}

export interface FailedOutcome extends Finished {
  readonly kind: "failed";
  readonly failure: SyncFailure;
  /** True for a failure of the repository, systemd or the disk: then the pause before the next round grows. */
  readonly transient: boolean;
}

export type Outcome = (Finished & { readonly kind: "unchanged" | "applied" }) | FailedOutcome;
