/** What went wrong with an attempt, or with a unit of it, as types. Pure data only. */

export interface SyncFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: readonly string[];
  /** When the failure that still lasts began. ISO 8601. */
  readonly since: string;
}

/** A unit that did not do what the apply asked of it. */
export interface UnitFailure {
  readonly unit: string;
  readonly message: string;
  /** The last lines of its log, oldest first. */
  readonly log: readonly string[];
}
