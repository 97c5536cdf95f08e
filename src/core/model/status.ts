/**
 * The one account of a host that the daemon, `status --json` and the API give, and what it means as an exit code.
 * Pure data and one pure function; must not know how it is gathered or shown.
 */
import type { Cause, PhaseName } from "./attempt.ts";
import { ExitCode } from "./errors.ts";
import type { SyncFailure, UnitFailure } from "./failure.ts";
import type { Finding } from "./finding.ts";
import type { Revision } from "./revision.ts";
import type { DriftRecord, LastAction } from "./sync-record.ts";
import type { ActiveState } from "./unit-state.ts";
import type { MainExit } from "./unit-status.ts";

export interface Status {
  /** Of this format. A field may be added under the same number; none changes its meaning or goes away. */
  readonly version: 1;
  /** ISO 8601. */
  readonly generatedAt: string;
  readonly host: string;
  readonly agent: AgentStatus;
  readonly source: SourceStatus;
  readonly systemd: SystemdStatus;
  readonly sync: SyncStatus;
  readonly units: readonly UnitRow[];
  readonly drift: readonly DriftRecord[];
  /** What is alarming, but not wrong, about the applied revision: `file:line: text`. */
  readonly warnings: readonly string[];
  /** Managed files that no unit mentions, so that a change of them interrupts nothing. Absent where an earlier agent answers. */
  readonly unmentioned?: readonly string[];
  readonly pending: readonly PendingUnit[];
}

export interface AgentStatus {
  /** False when a command gathered this itself because no daemon answered. */
  readonly running: boolean;
  readonly pid: number | null;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string | null;
  /**
   * Set while something that the agent has to remember is in its memory only, because the disk does not take it; what this
   * status says is from memory then. Always null when no daemon answered.
   */
  readonly stateFailure: SyncFailure | null;
}

/** Set while systemd does not answer, so that nobody knows how the units do. */
export interface SystemdStatus {
  readonly failure: SyncFailure | null;
}

export interface SourceStatus {
  /** Without a password or a token. */
  readonly url: string;
  readonly branch: string;
  /** When the repository last answered. ISO 8601. */
  readonly polledAt: string | null;
  /** Set while it does not answer. */
  readonly failure: SyncFailure | null;
  /** Whether signatures are asked for. */
  readonly verified: "verified" | "unverified";
}

/**
 * What the headline says, decided in core/health/headline.ts.
 *
 * `in-sync`: the newest known revision is applied, every expected unit runs, nothing failed, loops, was stopped or is owed,
 * no file drifted, the state could be written, and the agent runs. `out-of-sync`: it is not applied yet. `degraded`: it is
 * applied, and units are not as it wants them. `drifted`: files on the host are not as they were written. `pending`: units
 * run with an old definition until a person restarts them. `stale`: the agent does not run, or has not reached the
 * repository for long. `unwritable`: the state cannot be written. `rolling-back`: units of a rejected revision failed, and
 * the host is not yet back at the one before. `stalled`: it waits for a person's decision. `rejected`: it was refused, and
 * the host stays with the one before. `never`: nothing was ever applied. `unknown`: systemd does not answer.
 */
export type SyncState =
  | "in-sync"
  | "out-of-sync"
  | "degraded"
  | "drifted"
  | "pending"
  | "stale"
  | "unwritable"
  | "rejected"
  | "rolling-back"
  | "stalled"
  | "never"
  | "unknown";

export interface SyncStatus {
  readonly state: SyncState;
  readonly applied: Revision | null;
  /** ISO 8601. */
  readonly appliedAt: string | null;
  readonly attempted: Revision | null;
  /** What is being applied at this moment, or was when the agent ended; null between two applies. */
  readonly applying: Revision | null;
  /** Where the attempt is; null before the first. Absent where an earlier agent answers. */
  readonly attempt?: AttemptStatus | null;
  /** Who signed the attempted revision; null when no signature was asked for, or none was found. */
  readonly attemptedSigner: string | null;
  readonly rejection: SyncFailure | null;
  /** Why nothing at all is done until a person decides, whatever the revision. */
  readonly stall: SyncFailure | null;
  /** Why the host could not leave a rejected revision yet; going back is tried again by itself. */
  readonly returnFailure: SyncFailure | null;
  /** Who signed the applied revision; null when no signature was asked for. */
  readonly signedBy: string | null;
  readonly failedUnits: readonly UnitFailure[];
}

export interface AttemptStatus {
  readonly phase: PhaseName;
  /** Why the round ran that made it. */
  readonly cause: Cause;
  /** ISO 8601. */
  readonly beganAt: string;
  /** When it came to its phase. ISO 8601. */
  readonly phaseAt: string;
}

/** One managed unit. Null stands for what systemd does not tell or what the unit's type does not have. */
export interface UnitRow {
  readonly name: string;
  readonly activeState: ActiveState | "unknown";
  readonly subState: string;
  /** As systemd's Result property: success, exit-code, timeout, …; empty when the type has none. */
  readonly result: string;
  /** How the main process ended last. */
  readonly mainExit: MainExit | null;
  /** Since when it is up, or down: a reload changes nothing about it. ISO 8601. */
  readonly since: string | null;
  readonly restarts: number | null;
  readonly memoryBytes: number | null;
  readonly cpuNs: number | null;
  /** Timers: the next and the last time it elapses. ISO 8601. */
  readonly nextElapse: string | null;
  readonly lastTrigger: string | null;
  readonly lastAction: LastAction | null;
  /** What is wrong with it; null while it does what is expected of it. */
  readonly finding: Finding | null;
  /** Number of drift records of this unit. */
  readonly drift: number;
  /** What else a reader must know about it, in a few words; empty for nothing. */
  readonly note: string;
}

/** A unit whose interruption is left to people, so that it still runs with an older definition. */
export interface PendingUnit {
  readonly unit: string;
  readonly because: string;
}

/**
 * What `status` exits with: it follows from the headline alone. A repository that does not answer changes nothing at first:
 * the host still is what it was.
 */
export function exitCodeOfStatus({ sync }: Status): ExitCode {
  return exitCodes[sync.state];
}

const exitCodes: Readonly<Record<SyncState, ExitCode>> = {
  "in-sync": ExitCode.inSync,
  "out-of-sync": ExitCode.differences,
  drifted: ExitCode.differences,
  pending: ExitCode.differences,
  never: ExitCode.differences,
  degraded: ExitCode.failed,
  rejected: ExitCode.failed,
  "rolling-back": ExitCode.failed,
  stalled: ExitCode.failed,
  stale: ExitCode.failed,
  unwritable: ExitCode.failed,
  unknown: ExitCode.failed,
};

/**
 * Whether the last action on a unit is why it is up or down now. It is not, when the unit was restarted, stopped or
 * started after it, by whomever.
 */
export function explainsPresent({ activeState, lastAction, since }: UnitRow): boolean {
  if (lastAction === null || since === null || lastAction.at < since) return false;
  const isDown = activeState === "inactive" || activeState === "failed";
  return isDown === (lastAction.action === "stopped");
}
