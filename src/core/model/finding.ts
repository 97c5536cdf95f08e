/** Types for what is wrong with a unit. Pure data only. */

/**
 * `failed`: systemd says so; `looping`: systemd restarts the unit again and again; `crashed`: systemd has restarted it in
 * the last ten minutes, or is about to; `stopped`: it is expected to run and does not; `owed`: a start or restart of the
 * last sync was not done.
 */
export type FindingWord = "failed" | "looping" | "crashed" | "stopped" | "owed";

export interface Finding {
  readonly word: FindingWord;
  /** The text after the unit's name. It has no times and counts, so that it stays the same while nothing changes. */
  readonly message: string;
  /** Whether the host is degraded by it. */
  readonly degrades: boolean;
}

/** A finding with its unit, as it is kept between two looks. */
export interface UnitFinding extends Finding {
  readonly unit: string;
  /** Since when the unit has this finding. ISO 8601. */
  readonly since: string;
}
