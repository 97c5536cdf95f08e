/** Types for the syncs of the past. Pure data only. */

import type { Cause, PhaseTime } from "./attempt.ts";
import type { SyncFailure } from "./failure.ts";
import type { Revision } from "./revision.ts";

/**
 * `applied`; `degraded`: applied, and units failed; `rejected`: refused, or blocked by a failure of the host or repository;
 * `stalled`: it waits for a person; `rolled-back`: its units did not work, and the host has the revision before again;
 * `rolling-back`: its units did not work, and the host could not go back yet; `superseded`: a newer revision came while its
 * units were watched; `corrected`: no revision was tried, and what had drifted was put back.
 */
export type HistoryOutcome =
  | "applied"
  | "degraded"
  | "rejected"
  | "stalled"
  | "rolled-back"
  | "rolling-back"
  | "superseded"
  | "corrected";

export interface HistoryEntry {
  /** When the sync ended. ISO 8601. */
  readonly at: string;
  readonly outcome: HistoryOutcome;
  /** The revision that was attempted. */
  readonly revision: Revision;
  /** The signer; null when no signature was required, or none was found. */
  readonly signedBy: string | null;
  /** The applied revision when the sync ended; null before the first. */
  readonly applied: Revision | null;
  readonly failure: Pick<SyncFailure, "code" | "message"> | null;
  /** What was done to units, and for a correction also to files: at most `maxHistoryActions`. */
  readonly actions: readonly HistoryAction[];
  /** How many actions there were in all. */
  readonly actionCount: number;
  /**
   * The number of the first action after this entry: all before it are in this entry or an older one. Absent in old
   * entries.
   */
  readonly nextAction?: number;
  /** Why the round ran, when the attempt began (ISO 8601), and its phases. Absent for corrections and in old entries. */
  readonly cause?: Cause;
  readonly beganAt?: string;
  readonly took?: readonly PhaseTime[];
}

export interface HistoryAction {
  /** A unit; for a file that belongs to no unit, its path. */
  readonly unit: string;
  readonly action: string;
  readonly because: string;
}

export interface History {
  readonly version: 1;
  /** Oldest first; at most `maxHistoryEntries`. */
  readonly entries: readonly HistoryEntry[];
}

export const emptyHistory: History = { version: 1, entries: [] };
