/** Types for what is wrong with a unit, as status shows it. Pure data only. */
import type { RuntimeKind } from "./drift.ts";

/**
 * `failed`: systemd says so; `looping`: systemd restarts the unit again and again; `crashed`: systemd has restarted it in
 * the last ten minutes, or is about to; `stopped`: it is expected to run and does not; `owed`: a start or restart of the
 * last sync was not done; `running`: it runs, and git says that it is stopped; `idle`: a timer that never elapses.
 */
export type FindingWord = "failed" | "looping" | "crashed" | "stopped" | "owed" | "running" | "idle";

export interface Finding {
  readonly word: FindingWord;
  /** The kind of drift, which is finer than the word. Absent in the answer of an older agent. */
  readonly kind?: RuntimeKind;
  /** The text after the unit's name. It has no times and counts, so that it stays the same while nothing changes. */
  readonly message: string;
  /** Whether the host is degraded by it. */
  readonly degrades: boolean;
}
