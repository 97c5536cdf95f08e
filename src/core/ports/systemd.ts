/** What the agent needs of systemd and its journal. Contracts only. */

import type { ObservedUnit, Ties } from "../model/observed.ts";
import type { JobVerb } from "../model/plan.ts";
import type { LongStart, Unmet } from "../model/starts.ts";
import type { DownCause } from "../model/unit-state.ts";
import type { UnitGlance, UnitStatus } from "../model/unit-status.ts";

export interface JobRequest {
  readonly unit: string;
  readonly verb: JobVerb;
  /** After how many milliseconds a start that works or waits for long, see LongStart, is not waited for any more. */
  readonly patienceMs?: number;
}

/**
 * How a job ended: `done`, `failed`, `canceled`, `timeout`, `dependency`, `skipped`, `invalid`, `assert`, … as systemd's
 * JobRemoved signal says it (org.freedesktop.systemd1(5)); or in our words
 * - `refused`: it was not queued; the message is systemd's;
 * - `aborted`: the caller stopped waiting;
 * - `timeout` with a message: we stopped waiting, and the job is still queued;
 * - `unfinished`: the same, because the start goes on for long by its nature; the message is what it is at;
 * - `unmet`: systemd did not start the unit, because of a condition; the message says which;
 * - `unknown`: the connection broke meanwhile, and the unit's state does not tell.
 */
export interface JobResult {
  readonly unit: string;
  readonly verb: JobVerb;
  readonly result: string;
  readonly message?: string;
}

/** Each method throws AgentError `systemd-unreachable` or `systemd-refused`, unless it says something else. */
export interface ManagerPort {
  /**
   * Every name that was asked for, as key. Names that systemd does not know are `not-found` and inactive, templates have
   * the load state `template`. An alias leads to the unit behind it, under that unit's name.
   */
  readUnits(names: readonly string[]): Promise<ReadonlyMap<string, ObservedUnit>>;
  /** Why inactive units are down, of those where systemd tells. Several questions a unit. */
  readDownCauses(names: readonly string[]): Promise<ReadonlyMap<string, DownCause>>;
  /**
   * Names of units in memory that match one of the glob patterns; none for no pattern. Without those that systemd only
   * knows from being mentioned.
   */
  listLoaded(patterns: readonly string[]): Promise<readonly string[]>;
  /** The ties of units as systemd has loaded them; units that it does not know have none. */
  readTies(names: readonly string[]): Promise<Ties>;
  /** What systemd's list says of all units in memory of these types (`service`, `timer`, …), in one call. */
  glance(types: readonly string[]): Promise<ReadonlyMap<string, UnitGlance>>;
  /** Units with a job that ended since the last call: a hint of where to look. Null: signals may have been lost. */
  takeHints(): Promise<ReadonlySet<string> | null>;
  /**
   * Names of units that systemd has restarted by itself, as the journal tells; null when that cannot be read. Throws nothing.
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch
   */
  listRestarted(sinceUs: number): Promise<readonly string[] | null>;
  /** daemon-reload; resolves when systemd has finished it. */
  reload(): Promise<void>;
  /** As `readUnits`, with what status shows. */
  readStatus(names: readonly string[]): Promise<ReadonlyMap<string, UnitStatus>>;
  /** Of these the oneshots whose start is at work, and those whose start waits for such a one. */
  readLongStarts(names: readonly string[]): Promise<ReadonlyMap<string, LongStart>>;
  /** Of these the units that are down because a condition or an assertion was not met at their last start. */
  readUnmet(names: readonly string[]): Promise<ReadonlyMap<string, Unmet>>;
  /** Has systemd apply the control group settings that it has loaded to running units. */
  refreshControlGroups(units: readonly string[]): Promise<void>;
  /**
   * Forgets that units failed and how often they were started, so that a deliberate start is not taken for a crash loop
   * (systemd.unit(5), StartLimitBurst=).
   */
  resetFailed(units: readonly string[]): Promise<void>;
  /**
   * Queues all jobs in their order, and resolves with a result for each, in the same order, when all have ended. Aborting
   * or running out of time ends the waiting: jobs that are queued then stay queued. Never throws for a job that fails.
   * @param timeoutMs how long all of them together are waited for
   * @throws AgentError `systemd-unreachable` when systemd cannot be reached before the first job
   */
  runJobs(jobs: readonly JobRequest[], timeoutMs: number, signal: AbortSignal): Promise<readonly JobResult[]>;
}

export interface LogPort {
  /**
   * The last lines that a unit wrote to the journal itself, oldest first; empty when the journal cannot be read. Throws nothing.
   * @param count how many lines at most
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch: what is older is somebody else's failure
   */
  readLastLines(unit: string, count: number, sinceUs: number): Promise<readonly string[]>;
}
