/**
 * systemd's manager as the rest of the agent sees it. Must not hold state of units besides what `UnitMemory` has, which is
 * empty unless `watchUnits` is called: systemd is then asked every time.
 */

import { AgentError } from "../core/model/errors.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import type { LoadedUnit, ObservedUnit, Ties } from "../core/model/observed.ts";
import type { LongStart, Unmet } from "../core/model/starts.ts";
import type { UnitRelation } from "../core/model/unit-details.ts";
import type { DownCause } from "../core/model/unit-state.ts";
import type { UnitGlance, UnitStatus } from "../core/model/unit-status.ts";
import type {
  CommandRequest,
  JobRequest,
  JobResult,
  ManagerPort,
  UnitChanges,
} from "../core/ports/systemd.ts";
import { isTemplateName } from "../core/units/unit-name.ts";
import { Bus } from "./bus/bus.ts";
import { BusError } from "./bus/bus-error.ts";
import {
  listUnitsByPatterns,
  refreshControlGroups,
  reloadManager,
  resetFailed,
} from "./bus/manager-calls.ts";
import { runCommand } from "./jobs/commands.ts";
import { JobHints } from "./jobs/job-hints.ts";
import { jobWatchRules } from "./jobs/job-watch.ts";
import { runJobs } from "./jobs/jobs.ts";
import { readLongStarts } from "./jobs/long-starts.ts";
import { readUnmet } from "./jobs/unmet.ts";
import { readDownCauses } from "./read/down-causes.ts";
import { readFailedRequirements } from "./read/failed-requirements.ts";
import { Journal } from "./read/journal.ts";
import { KnownUnits } from "./read/known-units.ts";
import { isUnknown, readEach } from "./read/listed-units.ts";
import { readLoadedUnits } from "./read/loaded-units.ts";
import { readObservedUnits } from "./read/observed-units.ts";
import { readProperties } from "./read/properties.ts";
import { listRestarted } from "./read/restart-log.ts";
import { readSettings } from "./read/settings.ts";
import { UnitMemory } from "./read/unit-memory.ts";
import { readUnitRelations } from "./read/unit-relations.ts";
import { readUnitStatus } from "./read/unit-status.ts";
import { readUnitTies } from "./read/unit-ties.ts";
import { watchUnitChanges } from "./signals/unit-changes.ts";
import { type UnitListener, watchUnits } from "./signals/unit-signals.ts";

export type SystemdManagerOptions = Pick<HostLayout, "busAddress" | "journal">;

// Generators and thousands of units can take long on a small board.
const reloadTimeoutMs = 120_000;

export class SystemdManager implements ManagerPort {
  readonly #bus: Bus;
  readonly #hints: JobHints;
  readonly #memory = new UnitMemory();
  readonly #known: KnownUnits;
  readonly #journal: Journal;

  /** Nothing is opened before the first question. */
  constructor({ busAddress, journal }: SystemdManagerOptions) {
    this.#bus = new Bus(busAddress, jobWatchRules);
    this.#hints = new JobHints(this.#bus);
    this.#known = new KnownUnits(this.#bus, this.#memory);
    this.#journal = new Journal(journal);
  }

  /** How many questions and orders have been sent to systemd and the bus so far. */
  get busCalls(): number {
    return this.#bus.calls;
  }

  readUnits(names: readonly string[]): Promise<ReadonlyMap<string, ObservedUnit>> {
    return readObservedUnits(this.#known, names);
  }

  watchChanges(names: readonly string[]): Promise<UnitChanges> {
    return watchUnitChanges(this.#bus, names);
  }

  readDownCauses(names: readonly string[]): Promise<ReadonlyMap<string, DownCause>> {
    return readDownCauses(this.#bus, names);
  }

  readStatus(names: readonly string[]): Promise<ReadonlyMap<string, UnitStatus>> {
    return readUnitStatus(this.#known, this.#journal, names);
  }

  readLongStarts(names: readonly string[]): Promise<ReadonlyMap<string, LongStart>> {
    return readLongStarts(this.#bus, names);
  }

  readFailedRequirements(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return readFailedRequirements(this.#bus, names);
  }

  readUnmet(names: readonly string[]): Promise<ReadonlyMap<string, Unmet>> {
    return readUnmet(this.#bus, names);
  }

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

  takeHints(): Promise<ReadonlySet<string> | null> {
    return this.#hints.take();
  }

  takeReload(): boolean {
    return this.#hints.takeReload();
  }

  listRestarted(sinceUs: number): Promise<readonly string[] | null> {
    return listRestarted(this.#journal, sinceUs);
  }

  /**
   * Those of the names that systemd has a unit file for. systemd has no state of a template, so templates count as
   * existing.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  async listExisting(names: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await readEach(this.#bus, names, async ({ loadState }) =>
      loadState === "not-found" ? null : loadState,
    );
    return new Set([...found.keys(), ...names.filter(isTemplateName)]);
  }

  /**
   * Those of the names that systemd can reload, whether they run or not.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  async listReloadable(names: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await readEach(this.#bus, names, async (row) => {
      const { CanReload } = await readProperties(this.#bus, row, ["CanReload"]);
      return CanReload ? CanReload : null;
    });
    return new Set(found.keys());
  }

  async listLoaded(patterns: readonly string[]): Promise<readonly string[]> {
    // systemd takes an empty list of patterns for every unit.
    if (patterns.length === 0) return [];
    const rows = await listUnitsByPatterns(this.#bus, patterns);
    return rows.filter((row) => !isUnknown(row)).map((row) => row.name);
  }

  readLoaded(names: readonly string[]): Promise<ReadonlyMap<string, LoadedUnit>> {
    return readLoadedUnits(this.#bus, names);
  }

  /** As `readSettings` of read/settings.ts. */
  readSettings(name: string, settings: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    return readSettings(this.#bus, name, settings);
  }

  /** As `readUnitRelations` of read/unit-relations.ts. */
  readRelations(name: string): Promise<readonly UnitRelation[]> {
    return readUnitRelations(this.#bus, name);
  }

  readTies(names: readonly string[]): Promise<Ties> {
    return readUnitTies(this.#bus, names);
  }

  async reload(): Promise<void> {
    try {
      await reloadManager(this.#bus, reloadTimeoutMs);
    } catch (error) {
      throw isRateLimit(error) ? explainRateLimit(error) : error;
    }
  }

  /**
   * Up to systemd 256 a daemon-reload applies new limits to control groups. 257 loads the values, but leaves the groups
   * alone until something makes it realize them. Setting an empty list of markers, at run time only, makes it do so and
   * leaves nothing behind (org.freedesktop.systemd1(5), SetUnitProperties()).
   */
  refreshControlGroups(units: readonly string[]): Promise<void> {
    return refreshControlGroups(this.#bus, units);
  }

  resetFailed(units: readonly string[]): Promise<void> {
    return resetFailed(this.#bus, units);
  }

  runJobs(
    jobs: readonly JobRequest[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly JobResult[]> {
    if (jobs.length === 0) return Promise.resolve([]);
    return runJobs(this.#bus, jobs, timeoutMs, signal);
  }

  runCommand(request: CommandRequest): Promise<string | null> {
    return runCommand(this.#bus, request);
  }

  /**
   * Tells of changes of units until `signal` aborts, and remembers how units are until they change. For the daemon: it keeps a
   * connection to the bus.
   */
  watchUnits(listener: UnitListener, signal: AbortSignal): void {
    watchUnits(this.#bus, this.#memory, listener, signal);
  }

  /** Closes the connection, so that the process can end. */
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
