/** Joins the inventory, the record of the last round and what systemd says now into the Status. Changes nothing. */

import { listUnmentioned } from "../core/desired/unmentioned.ts";
import { isEdited, listDriftedUnits } from "../core/drift/host-edits.ts";
import { driftKinds } from "../core/drift/kinds.ts";
import { describeRuntimeDrift, replaceRuntime } from "../core/drift/live.ts";
import { policyOf } from "../core/drift/policy.ts";
import { hasEndedWell, type Judgement, judgeUnit } from "../core/drift/runtime.ts";
import { findSuspension } from "../core/gate/gate.ts";
import { decideHeadline } from "../core/health/headline.ts";
import type { Attempt } from "../core/model/attempt.ts";
import type { DriftRecord } from "../core/model/drift.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { Finding } from "../core/model/finding.ts";
import type { Intent } from "../core/model/intent.ts";
import type { AppliedUnit, Inventory } from "../core/model/inventory.ts";
import type {
  AgentStatus,
  AttemptStatus,
  PendingUnit,
  Status,
  UnitRow,
  WaitStatus,
} from "../core/model/status.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { findSinceUs, formatUs, type UnitStatus } from "../core/model/unit-status.ts";
import { failureOf, returnFailureOf, waitAtGate } from "../core/record/attempt.ts";
import { summarizeCredentials } from "../core/record/credentials.ts";
import { isTemplateName } from "../core/units/unit-name.ts";

export interface StatusInput {
  readonly nowMs: number;
  readonly host: string;
  readonly agent: AgentStatus;
  readonly isVerified: boolean;
  readonly source: { readonly url: string; readonly branch: string };
  readonly inventory: Inventory;
  readonly record: SyncRecord;
  readonly intent: Intent;
  /** How long the repository may go without an answer before the host is stale, milliseconds. */
  readonly staleAfterMs: number;
  /** Null when systemd does not answer; `systemdFailure` says why. */
  readonly units: readonly UnitStatus[] | null;
  readonly systemdFailure: SyncFailure | null;
}

/** The names of the units that status shows, sorted: every unit of the inventory that is not a template. */
export function listStatusUnits(inventory: Inventory): readonly string[] {
  return Object.keys(inventory.units)
    .filter((name) => !isTemplateName(name))
    .sort();
}

/** Makes the Status, which the API, the CLI's text and its exit code are made from. */
export function buildStatus(input: StatusInput): Status {
  const { inventory, record, agent, systemdFailure } = input;
  const { attempt } = record;
  const judged = judgeAll(input);
  const drift = judged === null ? record.drift : joinDrift(judged, input);
  const rows =
    judged?.map((one) => buildRow(one, drift, input)) ??
    listStatusUnits(inventory).map((name) => buildUnknownRow(name, drift, record));
  return {
    version: 1,
    generatedAt: new Date(input.nowMs).toISOString(),
    host: input.host,
    agent,
    source: {
      ...input.source,
      polledAt: record.polledAt,
      failure: record.fetchFailure,
      verified: input.isVerified ? "verified" : "unverified",
    },
    systemd: { failure: systemdFailure },
    sync: {
      state: decideHeadline({
        ...input,
        isAgentRunning: agent.running,
        stateFailure: agent.stateFailure,
        drift,
      }),
      applied: inventory.revision,
      appliedAt: inventory.appliedAt,
      attempted: attempt?.revision ?? null,
      applying: inventory.applying,
      attemptedSigner: attempt?.signedBy ?? null,
      attempt: attempt === null ? null : describeAttempt(attempt),
      rejection: failureOf(attempt),
      stall: record.stall,
      returnFailure: returnFailureOf(attempt),
      signedBy: record.applied.signedBy,
      failedUnits: record.applied.failedUnits,
      suspended: findSuspension(input.intent, input.nowMs),
      pinned: input.intent.pin,
      waiting: describeWaiting(attempt),
    },
    units: rows,
    drift,
    warnings: record.applied.warnings,
    unmentioned: listUnmentioned(Object.entries(inventory.files), Object.values(inventory.units)),
    pending: listPending(inventory),
    credentials: summarizeCredentials(inventory),
  };
}

function describeAttempt({ phase, cause, beganAt, phaseAt }: Attempt): AttemptStatus {
  return { phase, cause, beganAt, phaseAt };
}

function describeWaiting(attempt: Attempt | null): WaitStatus | null {
  const wait = waitAtGate(attempt);
  return wait === null ? null : { for: wait.for, until: wait.until, would: wait.would, since: wait.phaseAt };
}

interface JudgedUnit {
  readonly unit: UnitStatus;
  readonly judgement: Judgement | null;
}

/** Null when systemd does not answer. What the policy ignores is no finding. */
function judgeAll({ units, inventory, record, nowMs }: StatusInput): readonly JudgedUnit[] | null {
  if (units === null) return null;
  const drifted = listDriftedUnits(record.drift);
  const told = new Set(record.drift.map(({ key }) => key));
  return units.map((unit) => {
    const applied = inventory.units[unit.name] ?? null;
    // Whether an edit is gone is only seen by a look at the files: an edit that is ignored is in no record.
    const isThere = applied?.startedWith === "edited" && !told.has(`old-definition ${unit.name}`);
    const judgement = judgeUnit(applied, unit, nowMs * 1000, isThere || isEdited(unit.name, drifted));
    const isIgnored =
      judgement !== null && policyOf(describeRuntimeDrift(unit.name, judgement), inventory) === "ignore";
    return { unit, judgement: isIgnored ? null : judgement };
  });
}

function joinDrift(judged: readonly JudgedUnit[], { record, nowMs }: StatusInput): readonly DriftRecord[] {
  const live = judged.flatMap(({ unit, judgement }) =>
    judgement === null ? [] : [describeRuntimeDrift(unit.name, judgement)],
  );
  return replaceRuntime(record.drift, live, new Date(nowMs).toISOString());
}

function describeFinding({ kind, word, message }: Judgement): Finding {
  return { word, kind, message, degrades: driftKinds[kind].weight === "failed" };
}

function listPending(inventory: Inventory): readonly PendingUnit[] {
  return Object.entries(inventory.units).flatMap(([unit, { pending }]) =>
    pending === null ? [] : [{ unit, because: pending }],
  );
}

function buildRow(
  { unit, judgement }: JudgedUnit,
  drift: readonly DriftRecord[],
  { inventory, record }: StatusInput,
): UnitRow {
  return {
    ...buildUnknownRow(unit.name, drift, record),
    activeState: unit.activeState,
    subState: unit.subState,
    result: unit.result ?? "",
    mainExit: unit.service?.mainExit ?? null,
    since: formatUs(findSinceUs(unit)),
    restarts: unit.service?.nRestarts ?? null,
    memoryBytes: unit.memoryCurrentBytes,
    cpuNs: unit.cpuUsageNs,
    nextElapse: formatUs(unit.timer?.nextElapseUs ?? 0),
    lastTrigger: formatUs(unit.timer?.lastTriggerUs ?? 0),
    finding: judgement === null ? null : describeFinding(judgement),
    note: noteOf(unit, inventory),
  };
}

function buildUnknownRow(name: string, drift: readonly DriftRecord[], record: SyncRecord): UnitRow {
  return {
    name,
    activeState: "unknown",
    subState: "",
    result: "",
    mainExit: null,
    since: null,
    restarts: null,
    memoryBytes: null,
    cpuNs: null,
    nextElapse: null,
    lastTrigger: null,
    lastAction: record.lastActions[name] ?? null,
    finding: null,
    drift: drift.filter(({ unit }) => unit === name).length,
    note: "",
  };
}

function noteOf(unit: UnitStatus, inventory: Inventory): string {
  if (unit.loadState === "masked") return "masked";
  if (unit.loadState === "not-found") return "not found";
  if (unit.unmet === "condition") return "condition not met";
  const applied = inventory.units[unit.name];
  const notes = [
    applied?.owned === false ? describeForeign(applied) : "",
    applied?.expected === true && hasEndedWell(applied, unit) ? "ended by itself" : "",
    unit.activeState === "activating" ? describePull(applied) : "",
  ];
  return notes.filter((note) => note !== "").join(" · ");
}

function describeForeign({ definition, expected }: AppliedUnit): string {
  const isExtended = Object.values(definition).some((part) => Object.keys(part).length > 0);
  return !isExtended && expected ? "enabled by git" : "extended by a drop-in";
}

/** podman pulls a missing image while its service starts, and does not tell systemd which of the two it does. */
function describePull(applied: AppliedUnit | undefined): string {
  const image = applied?.definition.settings["Container.Image"]?.at(-1);
  return image === undefined ? "" : `podman pulls ${image} or starts its container`;
}
