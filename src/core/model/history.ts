/** The syncs of the past, as types. Pure data only. */

import type { SyncFailure } from "./failure.ts";
import type { Revision } from "./revision.ts";

/**
 * `applied`; `degraded`: applied, and units failed; `rejected`: refused, or failed in a way that left no new state; `stalled`:
 * it waits for a person; `rolled-back`: its units did not work, and the host has the revision before again; `rolling-back`:
 * as that, but the host could not get there yet; `superseded`: a newer revision came while its units were watched.
 */
export type HistoryOutcome =
  | "applied"
  | "degraded"
  | "rejected"
  | "stalled"
  | "rolled-back"
  | "rolling-back"
  | "superseded";

export interface HistoryEntry {
  /** When it ended. ISO 8601. */
  readonly at: string;
  readonly outcome: HistoryOutcome;
  /** What was tried. */
  readonly revision: Revision;
  /** Who signed it; null when no signature was asked for, or none was found. */
  readonly signedBy: string | null;
  /** What the host had when it ended; null before the first. */
  readonly applied: Revision | null;
  readonly failure: Pick<SyncFailure, "code" | "message"> | null;
  /** What was done to units; at most `maxHistoryActions`. */
  readonly actions: readonly HistoryAction[];
  /** How many actions there were. */
  readonly actionCount: number;
  /** The number of the first action that is not in it, nor in an entry before; absent in entries of earlier versions. */
  readonly nextAction?: number;
}

export interface HistoryAction {
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
