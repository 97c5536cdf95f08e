/** Shows the Status as metrics. Must not judge: the numbers are those of `gitops-agent status`. */
import { Gauge, type Registry } from "prom-client";
import { driftKinds } from "../../core/drift/kinds.ts";
import { headlineWords } from "../../core/health/headline.ts";
import type { PhaseName } from "../../core/model/attempt.ts";
import type { Status, UnitRow } from "../../core/model/status.ts";

const prefix = "gitops_agent_";

/** All series of a metric are there from the beginning, so their labels are listed. */
const unitStates: Readonly<Record<UnitRow["activeState"], true>> = {
  active: true,
  reloading: true,
  refreshing: true,
  inactive: true,
  failed: true,
  activating: true,
  deactivating: true,
  maintenance: true,
  unknown: true,
};
const phases: Readonly<Record<PhaseName, true>> = {
  fetched: true,
  applying: true,
  settling: true,
  applied: true,
  degraded: true,
  refused: true,
  blocked: true,
  waiting: true,
  superseded: true,
  "rolling-back": true,
  "rolled-back": true,
};

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
      showOneOf(
        gauge("state", "1 for the headline of the host, 0 for the others.", ["state"]),
        { label: "state", values: Object.keys(headlineWords) },
        ({ sync }) => sync.state,
      ),
      showOneOf(
        gauge("attempt_phase", "1 for the phase that the last attempt is in or ended in, 0 for the others.", [
          "phase",
        ]),
        { label: "phase", values: Object.keys(phases) },
        ({ sync }) => sync.attempt?.phase,
      ),
      showCounts(
        gauge("drift", "Differences between the host and what was applied, by kind.", ["kind"]),
        { label: "kind", values: Object.keys(driftKinds) },
        ({ drift }) => drift.map(({ kind }) => kind),
      ),
      showCounts(
        gauge("units", "Managed units, by what systemd says of them.", ["state"]),
        { label: "state", values: Object.keys(unitStates) },
        ({ units }) => units.map(({ activeState }) => activeState),
      ),
      number("in_sync", "1 when the host is as the newest revision wants it.", ({ sync }) =>
        sync.state === "in-sync" ? 1 : 0,
      ),
      number(
        "unit_findings",
        "Managed units that something is wrong with.",
        ({ units }) => units.filter(({ finding }) => finding !== null).length,
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
      number(
        "credentials",
        "Credentials that were delivered to units.",
        (status) => status.credentials?.count ?? null,
      ),
      time(
        "credentials_oldest",
        "When the content was committed of the credential that has not changed for the longest time.",
        (status) => status.credentials?.oldest,
      ),
      time(
        "credentials_newest",
        "When the content was committed of the credential that has changed last.",
        (status) => status.credentials?.newest,
      ),
      time("attempt", "When the last attempt began.", ({ sync }) => sync.attempt?.beganAt),
      time("applied", "When the applied revision was applied.", ({ sync }) => sync.appliedAt),
      time("committed", "When the applied revision was committed.", ({ sync }) => sync.applied?.committedAt),
      time("polled", "When the repository last answered.", ({ source }) => source.polledAt),
      time("started", "When the agent was started.", ({ agent }) => agent.startedAt),
      time("generated", "When these numbers were made.", ({ generatedAt }) => generatedAt),
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

interface Label {
  readonly label: string;
  /** All values that it can have. */
  readonly values: readonly string[];
}

function showOneOf(
  gauge: Gauge,
  { label, values }: Label,
  read: (status: Status) => string | undefined,
): Show {
  return (status) => {
    const one = read(status);
    for (const value of values) gauge.set({ [label]: value }, value === one ? 1 : 0);
  };
}

function showCounts(
  gauge: Gauge,
  { label, values }: Label,
  read: (status: Status) => readonly string[],
): Show {
  return (status) => {
    const found = read(status);
    for (const value of values) gauge.set({ [label]: value }, found.filter((one) => one === value).length);
  };
}

function flag(value: unknown): number {
  return value === null || value === undefined ? 0 : 1;
}

function toSeconds(iso: string | null | undefined): number | null {
  return iso === null || iso === undefined ? null : Date.parse(iso) / 1_000;
}
