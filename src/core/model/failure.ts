/** Types for what went wrong with an attempt, or with one of its units. Pure data only. */

export interface SyncFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: readonly string[];
  /** Since when this failure lasts. ISO 8601. */
  readonly since: string;
}

/** A unit that failed when it was applied. */
export interface UnitFailure {
  readonly unit: string;
  readonly message: string;
  /** The last lines of its log, oldest first. */
  readonly log: readonly string[];
}
