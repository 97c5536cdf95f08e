/** Shows the Status as metrics. Must not judge: the numbers are those of `gitops-agent status`. */
import { Gauge, type Registry } from "prom-client";
import { driftKinds } from "../../core/drift/kinds.ts";
import { headlineWords } from "../../core/health/headline.ts";
import type { DriftKind } from "../../core/model/drift.ts";
import type { Status, SyncState } from "../../core/model/status.ts";

const prefix = "gitops_agent_";
const unitStates = ["active", "activating", "deactivating", "inactive", "failed", "reloading", "unknown"];

/** Sets a group of gauges from the Status. */
type Show = (status: Status) => void;

export class StatusMetrics {
  readonly #shows: readonly Show[];

  constructor(registry: Registry) {
    const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Gauge({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });
    const number = (name: string, help: string, read: (status: Status) => number | null): Show => {
      const one = gauge(name, help, []);
      return (status) => {
        const value = read(status);
        // What is not known yet is absent, and not 0.
        if (value === null) one.remove();
        else one.set(value);
      };
    };
    const time = (name: string, help: string, read: (status: Status) => string | null | undefined): Show =>
      number(`${name}_timestamp_seconds`, help, (status) => toSeconds(read(status)));
    this.#shows = [
      showInfo(gauge("info", "The agent's version and the revision that is applied.", infoLabels)),
      showAttempt(gauge("attempt_timestamp_seconds", "When the last attempt began.", ["phase", "cause"])),
      showStates(gauge("state", "1 for the headline of the host, 0 for the others.", ["state"])),
      showDrift(gauge("drift", "Differences between the host and what was applied, by kind.", ["kind"])),
      showUnits(gauge("units", "Managed units, by what systemd says of them.", ["state"])),
      number("in_sync", "1 when the host is as the newest revision wants it.", ({ sync }) =>
        sync.state === "in-sync" ? 1 : 0,
      ),
      number("unit_findings", "Managed units that something is wrong with.", ({ units }) =>
        countOf(units, ({ finding }) => finding !== null),
      ),
      number(
        "pending_units",
        "Units that run with an old definition until a person restarts them.",
        (status) => status.pending.length,
      ),
      number("suspended", "1 while a person has told the agent to leave the host as it is.", ({ sync }) =>
        flag(sync.suspended),
      ),
      number("pinned", "1 while the host stays at a revision that a person went back to.", ({ sync }) =>
        flag(sync.pinned),
      ),
      number(
        "waiting",
        "1 while a revision waits for a window, an approval or the end of a suspension.",
        ({ sync }) => flag(sync.waiting),
      ),
      number("repository_failing", "1 while the repository does not answer.", ({ source }) =>
        flag(source.failure),
      ),
      time("applied", "When the applied revision was applied.", ({ sync }) => sync.appliedAt),
      time("committed", "When the applied revision was committed.", ({ sync }) => sync.applied?.committedAt),
      time("polled", "When the repository last answered.", ({ source }) => source.polledAt),
      time("started", "When the agent was started.", ({ agent }) => agent.startedAt),
    ];
  }

  show(status: Status): void {
    for (const show of this.#shows) show(status);
  }
}

const infoLabels = ["version", "host", "branch", "commit"];

function showInfo(gauge: Gauge): Show {
  return ({ agent, host, source, sync }) => {
    // One series: the one of another commit is gone.
    gauge.reset();
    const commit = sync.applied?.commit ?? "";
    gauge.set({ version: agent.version, host, branch: source.branch, commit }, 1);
  };
}

function showAttempt(gauge: Gauge<"phase" | "cause">): Show {
  return ({ sync: { attempt = null } }) => {
    gauge.reset();
    const seconds = toSeconds(attempt?.beganAt);
    if (attempt !== null && seconds !== null)
      gauge.set({ phase: attempt.phase, cause: attempt.cause }, seconds);
  };
}

function showStates(gauge: Gauge<"state">): Show {
  const states = Object.keys(headlineWords) as SyncState[];
  return ({ sync }) => {
    for (const state of states) gauge.set({ state }, state === sync.state ? 1 : 0);
  };
}

function showDrift(gauge: Gauge<"kind">): Show {
  const kinds = Object.keys(driftKinds) as DriftKind[];
  return ({ drift }) => {
    for (const kind of kinds)
      gauge.set(
        { kind },
        countOf(drift, (record) => record.kind === kind),
      );
  };
}

function showUnits(gauge: Gauge<"state">): Show {
  return ({ units }) => {
    for (const state of unitStates)
      gauge.set(
        { state },
        countOf(units, ({ activeState }) => activeState === state),
      );
  };
}

function countOf<Item>(items: readonly Item[], isCounted: (item: Item) => boolean): number {
  return items.filter(isCounted).length;
}

function flag(value: unknown): number {
  return value === null || value === undefined ? 0 : 1;
}

function toSeconds(iso: string | null | undefined): number | null {
  return iso === null || iso === undefined ? null : Date.parse(iso) / 1_000;
}
