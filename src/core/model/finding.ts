/** What is found to be wrong with a unit, as types. Pure data only. */

/**
 * `failed`; `looping`: systemd restarts it again and again; `crashed`: systemd restarted it in the last ten minutes, or is
 * about to; `stopped`: it is expected to run and does not; `owed`: a start or restart of the last sync did not take place.
 */
export type FindingWord = "failed" | "looping" | "crashed" | "stopped" | "owed";

export interface Finding {
  readonly word: FindingWord;
  /** What goes after the unit's name; without times and counts, so that it stays the same while nothing changes. */
  readonly message: string;
  /** Whether the host is degraded by it. */
  readonly degrades: boolean;
}

/** A finding with its unit: what is remembered between two looks. */
export interface UnitFinding extends Finding {
  readonly unit: string;
  /** ISO 8601. */
  readonly since: string;
}
