/** What the agent needs from systemd and its journal. Contracts only. */

import type { LoadedUnit, ObservedUnit, Ties } from "../model/observed.ts";
import type { JobVerb } from "../model/plan.ts";
import type { LongStart, Unmet } from "../model/starts.ts";
import type { DownCause } from "../model/unit-state.ts";
import type { UnitGlance, UnitStatus } from "../model/unit-status.ts";

export interface JobRequest {
  readonly unit: string;
  readonly verb: JobVerb;
  /**
   * Milliseconds after which `runJobs` stops waiting for a long start (see LongStart), whether it runs or is queued.
   */
  readonly patienceMs?: number;
}

/**
 * How a job ended: `done`, `failed`, `canceled`, `timeout`, `dependency`, `skipped`, `invalid`, `assert`, … as
 * systemd's JobRemoved signal names it (org.freedesktop.systemd1(5)); or a word of our own:
 * - `refused`: the job was not queued; the message is systemd's;
 * - `aborted`: the caller stopped waiting;
 * - `timeout` with a message: we stopped waiting, and the job is still queued;
 * - `unfinished`: we stopped waiting for a long start (see LongStart); the message says what it is doing;
 * - `unmet`: systemd did not start the unit because a condition was not met; the message says which;
 * - `untouched`: the unit ran before its start job, and went on; only units that it pulls in were started;
 * - `unknown`: the connection broke meanwhile, and the unit's state does not show the result.
 */
export interface JobResult {
  readonly unit: string;
  readonly verb: JobVerb;
  readonly result: string;
  readonly message?: string;
}

/** A command that systemd runs as root, in a unit of its own that goes when the command has ended. */
export interface CommandRequest {
  /** The name of the unit. */
  readonly unit: string;
  /** What the unit is for, in the journal. */
  readonly description: string;
  /** Program and arguments: an absolute path, or a name that systemd looks up in its fixed search path. */
  readonly command: readonly string[];
  /** After so many milliseconds systemd ends it. */
  readonly timeoutMs: number;
}

/** Tells when units may have changed. */
export interface UnitChanges {
  /**
   * Resolves as soon as one of the units may have changed since `next` was called before, and when the time is up. Signals can
   * be withheld: whoever waits for a state has to look again after the time.
   * @param timeoutMs milliseconds
   * @throws the signal's reason when it aborts
   */
  next(timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Each method throws AgentError `systemd-unreachable` or `systemd-refused`, unless its text says otherwise. */
export interface ManagerPort {
  /**
   * The state of each unit; every given name is a key. A unit that systemd does not know is `not-found` and inactive, a
   * template has the load state `template`. For an alias the value is the unit that has the alias, with that unit's own
   * name.
   */
  readUnits(names: readonly string[]): Promise<ReadonlyMap<string, ObservedUnit>>;
  /** Listens from now on, until it is closed, to what systemd tells of these units. */
  watchChanges(names: readonly string[]): Promise<UnitChanges>;
  /** Why inactive units are down, for those where systemd says why. Needs several calls for each unit. */
  readDownCauses(names: readonly string[]): Promise<ReadonlyMap<string, DownCause>>;
  /**
   * Names of units in memory that match one of the glob patterns; none without a pattern. Without units that systemd
   * knows only because another unit names them.
   */
  listLoaded(patterns: readonly string[]): Promise<readonly string[]>;
  /**
   * From which files systemd has loaded these units. Only for names of units in memory: a question about another one would
   * load it.
   */
  readLoaded(names: readonly string[]): Promise<ReadonlyMap<string, LoadedUnit>>;
  /** The ties of units as systemd has loaded them; units that it does not know have none. */
  readTies(names: readonly string[]): Promise<Ties>;
  /** What systemd's list shows for all units in memory of these types (`service`, `timer`, …), in one call. */
  glance(types: readonly string[]): Promise<ReadonlyMap<string, UnitGlance>>;
  /**
   * Units with a job that ended since the last call: a hint which units to observe. Null when signals may have been
   * lost.
   */
  takeHints(): Promise<ReadonlySet<string> | null>;
  /**
   * Whether systemd has loaded its unit files anew since the last call, as a daemon-reload and `systemctl enable` make it;
   * also true when that is not known. Call `takeHints` before. Throws nothing.
   */
  takeReload(): boolean;
  /**
   * Names of units that systemd restarted by itself, from the journal; null when it cannot be read. Throws nothing.
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch
   */
  listRestarted(sinceUs: number): Promise<readonly string[] | null>;
  /** daemon-reload; resolves when systemd has finished it. */
  reload(): Promise<void>;
  /** Like `readUnits`, with the details that the status command shows. */
  readStatus(names: readonly string[]): Promise<ReadonlyMap<string, UnitStatus>>;
  /** Of these units: the oneshots whose start is still running, and the units whose start waits for one of those. */
  readLongStarts(names: readonly string[]): Promise<ReadonlyMap<string, LongStart>>;
  /**
   * The failed units that these units require, directly or through others that did not start either: failed unit → the unit
   * that requires it.
   */
  readFailedRequirements(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Of these units: those that are down because a condition or an assertion was not met at their last start. */
  readUnmet(names: readonly string[]): Promise<ReadonlyMap<string, Unmet>>;
  /** Makes systemd apply its loaded control group settings to the running units. */
  refreshControlGroups(units: readonly string[]): Promise<void>;
  /**
   * Clears the failed state and the start counter of units, so that systemd does not refuse a deliberate start as a
   * crash loop (systemd.unit(5), StartLimitBurst=).
   */
  resetFailed(units: readonly string[]): Promise<void>;
  /**
   * Queues all jobs in their order and waits for all of them. An abort or the timeout ends the waiting; jobs that are
   * queued then stay queued. Never throws for a job that fails.
   * @param timeoutMs limit of the waiting for all jobs together, in milliseconds
   * @returns one result for each job, in the same order
   * @throws AgentError `systemd-unreachable` when systemd cannot be reached before the first job
   */
  runJobs(jobs: readonly JobRequest[], timeoutMs: number, signal: AbortSignal): Promise<readonly JobResult[]>;
  /**
   * Runs the command and waits for its end. A run of the same unit that an earlier process of the agent has begun ends first.
   * @returns null when it exited with 0; otherwise how it ended, in a few words
   * @throws AgentError `systemd-unreachable`
   */
  runCommand(request: CommandRequest): Promise<string | null>;
}

export interface LogPort {
  /**
   * The last lines that the unit itself wrote to the journal, oldest first; empty when the journal cannot be read.
   * Throws nothing.
   * @param count maximum number of lines
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch: older lines are left out, because they are from
   *   another run
   */
  readLastLines(unit: string, count: number, sinceUs: number): Promise<readonly string[]>;
}
