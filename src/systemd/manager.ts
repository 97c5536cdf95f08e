/**
 * systemd's manager as the rest of the agent sees it. Must not hold state of units: systemd is asked every time.
 */

import { AgentError } from "../core/model/errors.ts";
import type { ObservedUnit, Ties } from "../core/model/observed.ts";
import type { LongStart, Unmet } from "../core/model/starts.ts";
import type { DownCause } from "../core/model/unit-state.ts";
import type { UnitGlance, UnitStatus } from "../core/model/unit-status.ts";
import { Bus } from "./bus/bus.ts";
import { BusError } from "./bus/bus-error.ts";
import {
  listUnitsByPatterns,
  refreshControlGroups,
  reloadManager,
  resetFailed,
} from "./bus/manager-calls.ts";
import { JobHints } from "./jobs/job-hints.ts";
import { jobWatchRules } from "./jobs/job-watch.ts";
import { type JobRequest, type JobResult, runJobs } from "./jobs/jobs.ts";
import { readLongStarts } from "./jobs/long-starts.ts";
import { readUnmet } from "./jobs/unmet.ts";
import { readDownCauses } from "./read/down-causes.ts";
import { isUnknown, readObservedUnits } from "./read/observed-units.ts";
import { listRestarted } from "./read/restart-log.ts";
import { readUnitStatus } from "./read/unit-status.ts";
import { readUnitTies } from "./read/unit-ties.ts";

export interface SystemdManagerOptions {
  /** Where the manager answers, as a D-Bus address. */
  readonly busAddress: string;
}

// Generators and thousands of units take their time on a small board.
const reloadTimeoutMs = 120_000;

export class SystemdManager {
  readonly #bus: Bus;
  readonly #hints: JobHints;

  /** Nothing is opened before the first question. */
  constructor({ busAddress }: SystemdManagerOptions) {
    this.#bus = new Bus(busAddress, jobWatchRules);
    this.#hints = new JobHints(this.#bus);
  }

  /**
   * Every name that was asked for, as key. Names that systemd does not know are `not-found` and inactive, templates have
   * the load state `template`. An alias leads to the unit behind it, under that unit's name.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  readUnits(names: readonly string[]): Promise<ReadonlyMap<string, ObservedUnit>> {
    return readObservedUnits(this.#bus, names);
  }

  /**
   * Why inactive units are down, of those where systemd tells. Several questions a unit.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  readDownCauses(names: readonly string[]): Promise<ReadonlyMap<string, DownCause>> {
    return readDownCauses(this.#bus, names);
  }

  /** As `readUnits`, with what status shows. @throws AgentError `systemd-unreachable`, `systemd-refused` */
  readStatus(names: readonly string[]): Promise<ReadonlyMap<string, UnitStatus>> {
    return readUnitStatus(this.#bus, names);
  }

  /**
   * Of the given units the oneshots whose start is at work, and those whose start waits for such a one.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  readLongStarts(names: readonly string[]): Promise<ReadonlyMap<string, LongStart>> {
    return readLongStarts(this.#bus, names);
  }

  /**
   * Of the given units those that are down because a condition or an assertion was not met at their last start.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  readUnmet(names: readonly string[]): Promise<ReadonlyMap<string, Unmet>> {
    return readUnmet(this.#bus, names);
  }

  /**
   * What systemd's list says of all units in memory of these types (`service`, `timer`, …), in one call.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  async glance(types: readonly string[]): Promise<ReadonlyMap<string, UnitGlance>> {
    if (types.length === 0) return new Map();
    const patterns = types.map((type) => `*.${type}`);
    const rows = await listUnitsByPatterns(this.#bus, patterns);
    return new Map(
      rows.map(({ name, activeState, subState, job }) => [
        name,
        { activeState, subState, job: job?.type ?? null },
      ]),
    );
  }

  /**
   * Units with a job that ended since the last call; null at first, and when signals may have been lost.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  takeHints(): Promise<ReadonlySet<string> | null> {
    return this.#hints.take();
  }

  /**
   * Names of all units that systemd has restarted by itself, as the journal tells; null when it cannot be read.
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch
   */
  listRestarted(sinceUs: number): Promise<readonly string[] | null> {
    return listRestarted(sinceUs);
  }

  /**
   * Names of units in memory that match one of the glob patterns; none for no pattern. Without those that systemd only
   * knows from being mentioned.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  async listLoaded(patterns: readonly string[]): Promise<readonly string[]> {
    // To systemd no pattern means every unit.
    if (patterns.length === 0) return [];
    const rows = await listUnitsByPatterns(this.#bus, patterns);
    return rows.filter((row) => !isUnknown(row)).map((row) => row.name);
  }

  /**
   * The ties of units as systemd has loaded them; units that it does not know have none.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  readTies(names: readonly string[]): Promise<Ties> {
    return readUnitTies(this.#bus, names);
  }

  /**
   * daemon-reload; resolves when systemd has finished it.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  async reload(): Promise<void> {
    try {
      await reloadManager(this.#bus, reloadTimeoutMs);
    } catch (error) {
      throw isRateLimit(error) ? explainRateLimit(error) : error;
    }
  }

  /**
   * Has systemd apply the control group settings that it has loaded to running units. Up to 256 a daemon-reload did that;
   * 257 loads the values and leaves the groups alone until something makes it realize them. Setting no markers, at run
   * time only, is the change that does so and leaves nothing behind (org.freedesktop.systemd1(5), SetUnitProperties()).
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  refreshControlGroups(units: readonly string[]): Promise<void> {
    return refreshControlGroups(this.#bus, units);
  }

  /**
   * Forgets that units failed and how often they were started, so that a deliberate start is not taken for a crash loop
   * (systemd.unit(5), StartLimitBurst=).
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  resetFailed(units: readonly string[]): Promise<void> {
    return resetFailed(this.#bus, units);
  }

  /**
   * Queues all jobs in their order and waits until each has ended; never throws for a job that fails. For the words of
   * `result` see JobResult.
   * @param timeoutMs how long the jobs may take before we stop waiting for them
   * @throws AgentError `systemd-unreachable` when systemd cannot be reached before the first job
   */
  runJobs(
    jobs: readonly JobRequest[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly JobResult[]> {
    if (jobs.length === 0) return Promise.resolve([]);
    return runJobs(this.#bus, jobs, timeoutMs, signal);
  }

  /** Gives the connection back, so that the process can end. */
  close(): Promise<void> {
    return this.#bus.close();
  }
}

function isRateLimit(error: unknown): error is BusError {
  return error instanceof BusError && error.dbusName === "org.freedesktop.DBus.Error.LimitsExceeded";
}

/** systemd-system.conf(5), ReloadLimitIntervalSec=, since systemd 253. */
function explainRateLimit(error: BusError): AgentError {
  return new AgentError("systemd-refused", `systemd refused the daemon-reload: ${error.reason}`, {
    subject: "daemon-reload",
    hint: "it limits how often it reloads: see ReloadLimitIntervalSec= in systemd-system.conf(5), and sync again later",
    cause: error,
  });
}
