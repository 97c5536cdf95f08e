/**
 * Finds in the Status what a person has to hear about. Everything follows from the Status of one moment, so nothing is lost
 * when the agent was down. Pure; must not know what was told before, or to whom.
 */
import { driftKinds } from "../drift/kinds.ts";
import { describeSuspension } from "../gate/describe.ts";
import type { Alert } from "../model/alert.ts";
import type { PhaseName } from "../model/attempt.ts";
import type { DriftRecord } from "../model/drift.ts";
import type { SyncFailure } from "../model/failure.ts";
import type { Revision } from "../model/revision.ts";
import type { Status, SyncStatus } from "../model/status.ts";

/** A repository that is restarted or a network that flickers is nothing to wake somebody for. */
const leastUnreachableMs = 5 * 60_000;

/** An attempt that is in one phase for longer than this is not waited for any more. */
const longestPhaseMs = 3_600_000;

/** Alerts are kept, and sent to many. */
const longestReason = 1_000;

const passing: readonly PhaseName[] = ["fetched", "applying", "settling", "superseded"];

/** All alerts of now, sorted by key; null while an attempt is under way, because its end decides most of them. */
export function findAlerts(status: Status): readonly Alert[] | null {
  if (isUnderWay(status)) return null;
  const alerts = [
    ...listHostAlerts(status),
    ...listAttemptAlerts(status),
    ...listUnitAlerts(status),
    ...listDriftAlerts(status),
  ];
  return alerts.sort((left, right) => (left.key < right.key ? -1 : 1));
}

function isUnderWay({ sync, generatedAt }: Status): boolean {
  const { attempt, returnFailure } = sync;
  if (attempt === null || attempt === undefined) return false;
  if (Date.parse(generatedAt) - Date.parse(attempt.phaseAt) > longestPhaseMs) return false;
  return passing.includes(attempt.phase) || (attempt.phase === "rolling-back" && returnFailure === null);
}

type Told = Pick<Alert, "summary" | "reason" | "since" | "command"> & Partial<Alert>;

function make(alertClass: Alert["class"], told: Told): Alert {
  const reason = told.reason.slice(0, longestReason);
  return { key: alertClass, class: alertClass, about: "", units: [], hint: null, ...told, reason };
}

function fromFailure(failure: SyncFailure): Pick<Alert, "reason" | "since" | "hint"> {
  return { reason: failure.message, since: failure.since, hint: failure.hint };
}

function listHostAlerts(status: Status): readonly Alert[] {
  const { agent, source, systemd, sync, generatedAt } = status;
  const alerts: Alert[] = [];
  const doctor = { command: "gitops-agent doctor" };
  if (agent.stateFailure !== null) {
    const summary = "the agent cannot save its state, and applies nothing";
    alerts.push(
      make("blocked", { ...fromFailure(agent.stateFailure), ...doctor, key: "blocked state", summary }),
    );
  }
  if (systemd.failure !== null) {
    const summary = "systemd does not answer the agent";
    alerts.push(
      make("blocked", { ...fromFailure(systemd.failure), ...doctor, key: "blocked systemd", summary }),
    );
  }
  if (
    source.failure !== null &&
    Date.parse(generatedAt) - Date.parse(source.failure.since) >= leastUnreachableMs
  ) {
    const summary = "the repository does not answer";
    alerts.push(make("unreachable", { ...fromFailure(source.failure), ...doctor, summary }));
  }
  if (sync.stall !== null) alerts.push(describeStall(sync.stall));
  const { suspended } = sync;
  if (suspended !== null && suspended !== undefined) {
    const summary = "the host is suspended: nothing is applied";
    const reason = describeSuspension(suspended);
    alerts.push(make("suspended", { summary, reason, since: suspended.at, command: "gitops-agent resume" }));
  }
  return alerts;
}

function describeStall(failure: SyncFailure): Alert {
  const summary = "nothing is applied until a person decides";
  return make("stalled", {
    ...fromFailure(failure),
    about: failure.code,
    summary,
    command: "gitops-agent status",
  });
}

/** At most one: an attempt is in one phase. */
function listAttemptAlerts({ sync }: Status): readonly Alert[] {
  const { attempted, rejection, waiting } = sync;
  if (attempted === null) return [];
  if (rejection !== null) return listFailureAlerts(attempted, rejection, sync);
  if (waiting?.for !== "approval") return [];
  const { commit, subject } = attempted;
  const summary = `${nameRevision(attempted)} waits for an approval`;
  const command = `gitops-agent approve ${commit.slice(0, 7)}`;
  return [make("waiting", { about: commit, summary, reason: subject, since: waiting.since, command })];
}

function listFailureAlerts(revision: Revision, rejection: SyncFailure, sync: SyncStatus): readonly Alert[] {
  const name = nameRevision(revision);
  const about = revision.commit;
  const failure = { ...fromFailure(rejection), about, command: `gitops-agent history ${about.slice(0, 7)}` };
  switch (sync.attempt?.phase) {
    case "refused":
      return [make("rejected", { ...failure, summary: `${name} was rejected, and nothing was changed` })];
    case "rolled-back":
      return [make("rolled-back", { ...failure, summary: `${name} was rolled back` })];
    case "rolling-back":
      return [make("rolled-back", { ...failure, ...describeWayBack(name, rejection, sync) })];
    case "blocked": {
      const summary = `${name} cannot be applied`;
      return [
        make("blocked", { ...failure, key: "blocked attempt", summary, command: "gitops-agent doctor" }),
      ];
    }
    case "waiting":
      return sync.stall === null ? [{ ...describeStall(rejection), about }] : [];
    default:
      return [];
  }
}

function describeWayBack(
  name: string,
  rejection: SyncFailure,
  sync: SyncStatus,
): Pick<Alert, "summary" | "reason"> {
  return {
    summary: `${name} failed, and the host could not go back yet`,
    reason: [rejection.message, sync.returnFailure?.message ?? ""].filter((part) => part !== "").join("; "),
  };
}

/** One for each unit that does not work, however many reasons there are. */
function listUnitAlerts({ sync, drift, generatedAt }: Status): readonly Alert[] {
  const alerts = new Map<string, Alert>();
  const add = (unit: string, reason: string, since: string) => {
    if (alerts.has(unit)) return;
    const told = { reason, since, units: [unit], command: `gitops-agent status ${unit}` };
    alerts.set(
      unit,
      make("degraded", { ...told, key: `degraded ${unit}`, summary: `${unit} does not work` }),
    );
  };
  for (const { unit, message, since } of listTold(drift, "failed"))
    if (unit !== null) add(unit, message, since);
  for (const { unit, message } of sync.failedUnits) add(unit, message, sync.appliedAt ?? generatedAt);
  return [...alerts.values()];
}

function listDriftAlerts({ drift }: Status): readonly Alert[] {
  return listTold(drift, "differs").map(({ key, unit, path, message, since, state }) => {
    const what = path ?? unit ?? "the host";
    const stalled = state === "stalled" ? "it was put back, and did not stay so: a person has to act" : null;
    return make("drift", {
      key: `drift ${key}`,
      units: unit === null ? [] : [unit],
      summary: `${what} differs from what was applied`,
      reason: message,
      since,
      hint: stalled,
      command: `gitops-agent drift ${unit ?? path ?? ""}`.trim(),
    });
  });
}

/** Those that were reported: a new one may be over within its grace. */
function listTold(drift: readonly DriftRecord[], weight: "failed" | "differs"): readonly DriftRecord[] {
  return drift.filter(({ kind, state }) => state !== "new" && driftKinds[kind].weight === weight);
}

function nameRevision({ branch, commit }: Revision): string {
  return `${branch}@${commit.slice(0, 7)}`;
}
