/** How the last attempts to sync went: persisted, so that status can tell after a restart. Pure data. */
import type { Drift } from "./drift.ts";
import type { UnitFinding } from "./finding.ts";
import type { Revision } from "./revision.ts";

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

export interface SyncRecord {
  readonly version: 1;
  /** The last time the repository answered. ISO 8601. */
  readonly polledAt: string | null;
  /** Set while the repository does not answer. */
  readonly fetchFailure: SyncFailure | null;
  /** Set while nothing at all is done until a person decides, whatever the revision. */
  readonly stall: SyncFailure | null;
  /** The last revision that was tried. */
  readonly attempted: Revision | null;
  /** Who signed it; null when no signature was asked for, or none was found. */
  readonly attemptedSigner: string | null;
  /** Set when the attempted revision was refused or failed: it is not tried again by itself. */
  readonly rejection: SyncFailure | null;
  /** Why the host could not leave a rejected revision yet; going back is tried again by itself. */
  readonly returnFailure: SyncFailure | null;
  /** Who signed the applied revision; null when no signature was asked for. */
  readonly signedBy: string | null;
  /** Units that failed during the last apply; the revision is applied but degraded. */
  readonly failedUnits: readonly UnitFailure[];
  /** What was alarming, but not wrong, about the applied revision: `file:line: text`. At most 50. */
  readonly warnings: readonly string[];
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
  version: 1,
  polledAt: null,
  fetchFailure: null,
  stall: null,
  attempted: null,
  attemptedSigner: null,
  rejection: null,
  returnFailure: null,
  signedBy: null,
  failedUnits: [],
  warnings: [],
  lastActions: {},
  drift: [],
  findings: [],
  lookFailure: null,
};
