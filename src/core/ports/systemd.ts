/** What the agent needs of systemd and its journal. Contracts only. */

import type { ObservedUnit, Ties } from "../model/observed.ts";
import type { JobVerb } from "../model/plan.ts";
import type { LongStart, Unmet } from "../model/starts.ts";
import type { DownCause } from "../model/unit-state.ts";
import type { UnitGlance, UnitStatus } from "../model/unit-status.ts";

export interface JobRequest {
  readonly unit: string;
  readonly verb: JobVerb;
  /** After how many milliseconds a oneshot that is at work, or who waits for one, is not waited for any more. */
  readonly patienceMs?: number;
}

export interface JobResult {
  readonly unit: string;
  readonly verb: JobVerb;
  /**
   * As systemd's JobRemoved signal names it: done, failed, canceled, timeout, dependency, skipped, assert, …; or `refused`
   * (not queued), `unfinished` (its start goes on), `unmet` (not started, because of a condition), `unknown`, `aborted`.
   */
  readonly result: string;
  /** systemd's message for `refused`; what was not met, or what the start is at. */
  readonly message?: string;
}

export interface ManagerPort {
  /** @throws AgentError `systemd-unreachable` */
  readUnits(names: readonly string[]): Promise<ReadonlyMap<string, ObservedUnit>>;
  /** Why inactive units are down, where systemd tells; costs several questions a unit. */
  readDownCauses(names: readonly string[]): Promise<ReadonlyMap<string, DownCause>>;
  /** Loaded units whose names match the glob patterns, as names. */
  listLoaded(patterns: readonly string[]): Promise<readonly string[]>;
  /** The ties of units as systemd has loaded them; units that it does not know have none. */
  readTies(names: readonly string[]): Promise<Ties>;
  /** What systemd's list says of all units in memory of these types (`service`, `timer`, …). */
  glance(types: readonly string[]): Promise<ReadonlyMap<string, UnitGlance>>;
  /** Units with a job that ended since the last call: a hint of where to look. Null: signals may have been lost. */
  takeHints(): Promise<ReadonlySet<string> | null>;
  /**
   * Names of units that systemd has restarted by itself; null when the journal cannot be read.
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch
   */
  listRestarted(sinceUs: number): Promise<readonly string[] | null>;
  /** daemon-reload; resolves when systemd has finished it. */
  reload(): Promise<void>;
  /** As `readUnits`, with how their last runs ended. */
  readStatus(names: readonly string[]): Promise<ReadonlyMap<string, UnitStatus>>;
  /** Of these the oneshots whose start is at work, and those whose start waits for such a one. */
  readLongStarts(names: readonly string[]): Promise<ReadonlyMap<string, LongStart>>;
  /** Of these the units that are down because a condition or an assertion was not met at their last start. */
  readUnmet(names: readonly string[]): Promise<ReadonlyMap<string, Unmet>>;
  /** Has systemd apply the loaded control group settings to the running units. */
  refreshControlGroups(units: readonly string[]): Promise<void>;
  /** Forgets failures and start-rate counters of the units. */
  resetFailed(units: readonly string[]): Promise<void>;
  /**
   * Queues all jobs at once and waits until each has ended, or the time is up: then its result is `timeout`, and the job
   * is still queued. Never throws for a job that fails.
   */
  runJobs(jobs: readonly JobRequest[], timeoutMs: number, signal: AbortSignal): Promise<readonly JobResult[]>;
}

export interface LogPort {
  /**
   * The last lines that a unit wrote to the journal; empty when the journal cannot be read.
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch: what is older is somebody else's failure
   */
  readLastLines(unit: string, count: number, sinceUs: number): Promise<readonly string[]>;
}
