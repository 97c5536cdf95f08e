/**
 * The Status of a host, which the daemon, `status --json` and the API give, and its exit code. Pure data and pure
 * functions. Must not know how it is gathered or shown.
 */
import type { Cause, PhaseName, PlannedChange, Wait } from "./attempt.ts";
import type { DriftRecord } from "./drift.ts";
import { ExitCode } from "./errors.ts";
import type { SyncFailure, UnitFailure } from "./failure.ts";
import type { Finding } from "./finding.ts";
import type { Pin, Suspension } from "./intent.ts";
import type { Revision } from "./revision.ts";
import type { LastAction } from "./sync-record.ts";
import type { ActiveState } from "./unit-state.ts";
import type { MainExit } from "./unit-status.ts";

export interface Status {
  /** The version of this format. With the same number, fields may be added, but none is removed or changes its meaning. */
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
  /** The warnings about the applied revision: `file:line: text`. */
  readonly warnings: readonly string[];
  /**
   * Managed files that no unit mentions, so that their change interrupts nothing. Absent in the answer of an older agent.
   */
  readonly unmentioned?: readonly string[];
  readonly pending: readonly PendingUnit[];
  /** Absent in the answer of an older agent. */
  readonly credentials?: CredentialsStatus;
}

/** The credentials that the agent has delivered. Their age is that of the commit which brought their present content. */
export interface CredentialsStatus {
  readonly count: number;
  /** ISO 8601; null without credentials. */
  readonly oldest: string | null;
  /** ISO 8601; null without credentials. */
  readonly newest: string | null;
}

export interface AgentStatus {
  /** False when the command made this Status itself, because no daemon answered. */
  readonly running: boolean;
  readonly pid: number | null;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string | null;
  /**
   * Set while a part of the state cannot be written to the disk. This status then shows what is in the agent's memory.
   * Always null when no daemon answered.
   */
  readonly stateFailure: SyncFailure | null;
}

/** The failure is set while systemd does not answer, so that the state of the units is unknown. */
export interface SystemdStatus {
  readonly failure: SyncFailure | null;
}

export interface SourceStatus {
  /** Has no password and no token. */
  readonly url: string;
  readonly branch: string;
  /** When the repository last answered. ISO 8601. */
  readonly polledAt: string | null;
  /** Set while the repository does not answer. */
  readonly failure: SyncFailure | null;
  /** Whether signatures are required. */
  readonly verified: "verified" | "unverified";
}

/**
 * The headline of a host, which core/health/headline.ts decides.
 *
 * `in-sync`: the newest known revision is applied, every expected unit runs, no unit failed, loops, was stopped or still
 * needs an action, no file drifted, the state could be written, and the agent runs. `out-of-sync`: the newest revision is
 * not applied yet. `degraded`: it is applied, and some units are not as it wants them. `drifted`: the host differs from what
 * was applied. `suspended`: a person has told the agent to leave the host as it is. `waiting`: the newest revision waits for
 * a window or an approval. `pinned`: a person went back to an earlier revision, and the host has it. `pending`: units run with an old definition until a person restarts them. `stale`: the agent
 * does not run, or has not reached the repository for a long time. `unwritable`: the state cannot be written.
 * `rolling-back`: units of the newest revision failed, and the host is not yet back at the revision before. `stalled`: a
 * person has to decide. `rejected`: the newest revision was refused, and the host stays at the revision before. `blocked`:
 * a failure of the host or of the repository keeps it from being applied, and the agent tries again by itself. `never`:
 * nothing was ever applied. `unknown`: systemd does not answer.
 */
export type SyncState =
  | "in-sync"
  | "out-of-sync"
  | "degraded"
  | "drifted"
  | "pending"
  | "suspended"
  | "waiting"
  | "pinned"
  | "stale"
  | "unwritable"
  | "rejected"
  | "blocked"
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
  /** The revision that is being applied, or was when the agent ended; null when none is. */
  readonly applying: Revision | null;
  /** The phase of the attempt; null before the first. Absent in the answer of an older agent. */
  readonly attempt?: AttemptStatus | null;
  /** The signer of the attempted revision; null when no signature was required, or none was found. */
  readonly attemptedSigner: string | null;
  readonly rejection: SyncFailure | null;
  /** Why nothing is done on this host, with any revision, until a person decides. */
  readonly stall: SyncFailure | null;
  /** Why the host could not go back from a rejected revision yet. The agent tries again by itself. */
  readonly returnFailure: SyncFailure | null;
  /** The signer of the applied revision; null when no signature was required. */
  readonly signedBy: string | null;
  readonly failedUnits: readonly UnitFailure[];
  /** Set while the host is left as it is. Absent in the answer of an older agent, as are the two below. */
  readonly suspended?: Suspension | null;
  /** Set while the host has, or is to have, a revision that a person went back to. */
  readonly pinned?: Pin | null;
  /** Set while the attempted revision waits, although nothing is wrong with it. */
  readonly waiting?: WaitStatus | null;
}

export interface WaitStatus extends Wait {
  readonly would: PlannedChange;
  /** ISO 8601. */
  readonly since: string;
}

export interface AttemptStatus {
  readonly phase: PhaseName;
  /** Why the round ran that made the attempt. */
  readonly cause: Cause;
  /** ISO 8601. */
  readonly beganAt: string;
  /** When the present phase began. ISO 8601. */
  readonly phaseAt: string;
}

/** One managed unit. A field is null when systemd does not give it, or when the unit's type does not have it. */
export interface UnitRow {
  readonly name: string;
  readonly activeState: ActiveState | "unknown";
  readonly subState: string;
  /** As systemd's Result property: success, exit-code, timeout, …; empty when the type has none. */
  readonly result: string;
  /** How the main process ended last. */
  readonly mainExit: MainExit | null;
  /** Since when it is up, or down. A reload does not change this. ISO 8601. */
  readonly since: string | null;
  readonly restarts: number | null;
  readonly memoryBytes: number | null;
  readonly cpuNs: number | null;
  /** For timers: when it elapses next, and when it did last. ISO 8601. */
  readonly nextElapse: string | null;
  readonly lastTrigger: string | null;
  readonly lastAction: LastAction | null;
  /** What is wrong with the unit; null when nothing is. */
  readonly finding: Finding | null;
  /** Number of drift records of this unit. */
  readonly drift: number;
  /** What else a reader should know about the unit, in a few words; may be empty. */
  readonly note: string;
}

/** A unit whose interruption is left to people, so that it still runs with an older definition. */
export interface PendingUnit {
  readonly unit: string;
  readonly because: string;
}

/**
 * The exit code of `status`, which depends on the headline only. While the repository does not answer, it stays the same at
 * first: nothing has changed on the host.
 */
export function exitCodeOfStatus({ sync }: Status): ExitCode {
  return exitCodes[sync.state];
}

const exitCodes: Readonly<Record<SyncState, ExitCode>> = {
  "in-sync": ExitCode.inSync,
  "out-of-sync": ExitCode.differences,
  drifted: ExitCode.differences,
  pending: ExitCode.differences,
  suspended: ExitCode.differences,
  waiting: ExitCode.differences,
  pinned: ExitCode.differences,
  never: ExitCode.differences,
  degraded: ExitCode.failed,
  rejected: ExitCode.failed,
  "rolling-back": ExitCode.failed,
  blocked: ExitCode.failed,
  stalled: ExitCode.failed,
  stale: ExitCode.failed,
  unwritable: ExitCode.failed,
  unknown: ExitCode.failed,
};

/**
 * Whether the last action on a unit is the reason why it is up or down now. It is not, when a person or systemd has
 * restarted, stopped or started the unit later.
 */
export function explainsPresent({ activeState, lastAction, since }: UnitRow): boolean {
  if (lastAction === null || since === null || lastAction.at < since) return false;
  const isDown = activeState === "inactive" || activeState === "failed";
  return isDown === (lastAction.action === "stopped");
}
