/** How the last rounds went. It is saved, so that status still shows it after a restart of the agent. Pure data. */
import type { Attempt } from "./attempt.ts";
import type { CorrectionTimes } from "./correction.ts";
import type { DriftRecord } from "./drift.ts";
import type { SyncFailure, UnitFailure } from "./failure.ts";
import type { Revision } from "./revision.ts";

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
  /** The tip of what is followed when the repository last answered; null before that, and in records of earlier versions. */
  readonly tip: Revision | null;
  /** Why nothing is done on this host, with any revision, until a person decides; null when nothing is in the way. */
  readonly stall: SyncFailure | null;
  /** The last attempt; null before the first. */
  readonly attempt: Attempt | null;
  readonly applied: AppliedAccount;
  /** Unit → the last action on it and the reason. */
  readonly lastActions: Readonly<Record<string, LastAction>>;
  /** What the last look found. */
  readonly drift: readonly DriftRecord[];
  /** Drop-ins of packages that were there before the units that they change; null before the first look. */
  readonly vendorDropIns: readonly string[] | null;
  /** Set while systemd does not answer; then what only systemd can tell is in `drift` as the look before found it. */
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
  tip: null,
  stall: null,
  attempt: null,
  applied: { signedBy: null, failedUnits: [], warnings: [] },
  lastActions: {},
  drift: [],
  vendorDropIns: null,
  lookFailure: null,
  corrections: {},
};
