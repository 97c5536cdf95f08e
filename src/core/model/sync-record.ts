/** How the last attempts to sync went: persisted, so that status can tell after a restart. Pure data. */
import type { Attempt } from "./attempt.ts";
import type { Drift } from "./drift.ts";
import type { SyncFailure, UnitFailure } from "./failure.ts";
import type { UnitFinding } from "./finding.ts";

/** What is known of the applied revision besides the inventory. */
export interface AppliedAccount {
  /** Who signed it; null when no signature was asked for. */
  readonly signedBy: string | null;
  /** Units that failed when it was applied. */
  readonly failedUnits: readonly UnitFailure[];
  /** What was alarming, but not wrong, about it: `file:line: text`. At most 50. */
  readonly warnings: readonly string[];
}

export interface SyncRecord {
  readonly version: 2;
  /** The last time the repository answered. ISO 8601. */
  readonly polledAt: string | null;
  /** Set while the repository does not answer. */
  readonly fetchFailure: SyncFailure | null;
  /** Set while nothing at all is done until a person decides, whatever the revision. */
  readonly stall: SyncFailure | null;
  /** The last one; null before the first. */
  readonly attempt: Attempt | null;
  readonly applied: AppliedAccount;
  /** Last action on a unit and its cause: unit → text. */
  readonly lastActions: Readonly<Record<string, LastAction>>;
  readonly drift: readonly DriftRecord[];
  /** What the last look at the units found. */
  readonly findings: readonly UnitFinding[];
  /** Set while systemd does not answer; `findings` are then those of the look before. */
  readonly lookFailure: SyncFailure | null;
}

export interface LastAction {
  readonly action: string;
  readonly because: string;
  readonly at: string;
}

export interface DriftRecord extends Drift {
  readonly since: string;
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
};
