/** How the last rounds went. It is saved, so that status still shows it after a restart of the agent. Pure data. */
import type { Attempt } from "./attempt.ts";
import type { CorrectionTimes } from "./correction.ts";
import type { DriftRecord } from "./drift.ts";
import type { SyncFailure, UnitFailure } from "./failure.ts";
import type { UnitFinding } from "./finding.ts";

/** What is known of the applied revision and is not in the inventory. */
export interface AppliedAccount {
  /** The signer; null when no signature was required. */
  readonly signedBy: string | null;
  /** Units that failed when it was applied. */
  readonly failedUnits: readonly UnitFailure[];
  /** The warnings about it: `file:line: text`. At most 50. */
  readonly warnings: readonly string[];
}

export interface SyncRecord {
  readonly version: 2;
  /** The last time the repository answered. ISO 8601. */
  readonly polledAt: string | null;
  /** Set while the repository does not answer. */
  readonly fetchFailure: SyncFailure | null;
  /** Why nothing is done on this host, with any revision, until a person decides; null when nothing is in the way. */
  readonly stall: SyncFailure | null;
  /** The last attempt; null before the first. */
  readonly attempt: Attempt | null;
  readonly applied: AppliedAccount;
  /** Unit → the last action on it and the reason. */
  readonly lastActions: Readonly<Record<string, LastAction>>;
  readonly drift: readonly DriftRecord[];
  /** What the last look at the units found. */
  readonly findings: readonly UnitFinding[];
  /** Set while systemd does not answer; then `findings` are those of the look before. */
  readonly lookFailure: SyncFailure | null;
  readonly corrections: CorrectionTimes;
}

export interface LastAction {
  readonly action: string;
  readonly because: string;
  readonly at: string;
}

export const emptySyncRecord: SyncRecord = {
  version: 2,
  polledAt: null,
  fetchFailure: null,
  stall: null,
  attempt: null,
  applied: { signedBy: null, failedUnits: [], warnings: [] },
  lastActions: {},
  drift: [],
  findings: [],
  lookFailure: null,
  corrections: {},
};
