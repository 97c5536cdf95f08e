/**
 * Decides the headline of a host, which status, the exit code and the line of `systemctl status gitops-agent` share. Pure;
 * must not gather or render anything.
 */

import { type DriftWeight, driftKinds } from "../drift/kinds.ts";
import { describeSuspension, describeWait } from "../gate/describe.ts";
import { findSuspension } from "../gate/gate.ts";
import type { DriftRecord } from "../model/drift.ts";
import type { SyncFailure } from "../model/failure.ts";
import type { Intent } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Revision } from "../model/revision.ts";
import type { SyncState } from "../model/status.ts";
import type { SyncRecord } from "../model/sync-record.ts";
import { failureOf, isOpen, returnFailureOf, waitAtGate } from "../record/attempt.ts";

export interface HeadlineInput {
  readonly nowMs: number;
  /** How long the repository may not answer before the host counts as stale, milliseconds. */
  readonly staleAfterMs: number;
  readonly isAgentRunning: boolean;
  readonly stateFailure: SyncFailure | null;
  readonly systemdFailure: SyncFailure | null;
  readonly inventory: Inventory;
  readonly record: SyncRecord;
  readonly intent: Intent;
  /** What differs now. It may be newer than the drift in `record`, which does not count here. */
  readonly drift: readonly DriftRecord[];
}

/** The words for each state. */
export const headlineWords: Readonly<Record<SyncState, string>> = {
  "in-sync": "in sync",
  "out-of-sync": "out of sync",
  degraded: "degraded",
  drifted: "drifted",
  pending: "pending",
  suspended: "suspended",
  waiting: "waiting",
  pinned: "pinned",
  stale: "stale",
  unwritable: "state cannot be written",
  rejected: "rejected",
  blocked: "blocked",
  "rolling-back": "rolling back",
  stalled: "stalled",
  never: "never synced",
  unknown: "unknown",
};

// Longer than the longest pause between two attempts to fetch, 15 minutes and 10 %.
const leastStaleAfterMs = 20 * 60_000;
const staleIntervals = 4;

/** How long the repository may not answer before a host is stale: four intervals, and at least 20 minutes. Milliseconds. */
export function chooseStaleAfterMs(intervalMs: number): number {
  return Math.max(staleIntervals * intervalMs, leastStaleAfterMs);
}

/**
 * Decides the state. The first that applies is used, in this order: what makes the other facts unreliable; how the attempt
 * at the newest revision went; the present state of the units; how long the repository has not answered; what people hold
 * back; drift and pending restarts; a pin.
 */
export function decideHeadline(input: HeadlineInput): SyncState {
  const { inventory, record } = input;
  if (input.stateFailure !== null) return "unwritable";
  if (isFresh(inventory, record)) return "never";
  if (!input.isAgentRunning) return "stale";
  const progress = decideProgress(inventory, record);
  if (progress !== null) return progress;
  if (input.systemdFailure !== null) return "unknown";
  if (isDegraded(input)) return "degraded";
  if (isOverdue(input)) return "stale";
  if (findSuspension(input.intent, input.nowMs) !== null) return "suspended";
  if (waitAtGate(record.attempt) !== null) return "waiting";
  if (listDrift(input, "differs").length > 0) return "drifted";
  if (Object.values(inventory.units).some(({ pending }) => pending !== null)) return "pending";
  return input.intent.pin === null ? "in-sync" : "pinned";
}

/** Whether nothing was applied or attempted yet, and nothing waits for a person. */
function isFresh({ revision, applying }: Inventory, { attempt, stall }: SyncRecord): boolean {
  return revision === null && applying === null && attempt === null && stall === null;
}

/** The state of a host whose last attempted revision is not applied; null when it is, or when it only has to wait. */
function decideProgress(inventory: Inventory, record: SyncRecord): SyncState | null {
  const { attempt, stall } = record;
  const isWaiting = waitAtGate(attempt) !== null;
  if (stall !== null || (attempt?.phase === "waiting" && !isWaiting)) return "stalled";
  if (attempt?.phase === "rolling-back") return "rolling-back";
  if (attempt?.phase === "blocked") return "blocked";
  if (failureOf(attempt) !== null) return "rejected";
  if (inventory.applying !== null) return "out-of-sync";
  if (isWaiting) return null;
  if (attempt !== null && isOpen(attempt, inventory)) return "out-of-sync";
  return inventory.revision === null ? "never" : null;
}

function isDegraded(input: HeadlineInput): boolean {
  return input.record.applied.failedUnits.length > 0 || listDrift(input, "failed").length > 0;
}

function listDrift({ drift }: HeadlineInput, weight: DriftWeight): readonly DriftRecord[] {
  return drift.filter(({ kind }) => driftKinds[kind].weight === weight);
}

function isOverdue({ record, nowMs, staleAfterMs }: HeadlineInput): boolean {
  return record.polledAt === null || nowMs - Date.parse(record.polledAt) > staleAfterMs;
}

/** The headline as one line, with the first reason. */
export function summarize(input: HeadlineInput): string {
  const state = decideHeadline(input);
  const { record, inventory } = input;
  const isAboutAttempt =
    state === "rejected" || state === "blocked" || (state === "stalled" && record.stall === null);
  const about = isAboutAttempt ? (record.attempt?.revision ?? null) : inventory.revision;
  const revision = about === null ? "" : ` ${state === "in-sync" ? "with " : "at "}${nameRevision(about)}`;
  const reason = explain(state, input);
  const { fetchFailure } = record;
  const fetching =
    fetchFailure === null ? "" : `; cannot fetch since ${fetchFailure.since}: ${fetchFailure.message}`;
  const held = state === "suspended" ? "" : explainSuspension(input, "; suspended ");
  return `${headlineWords[state]}${revision}${reason === "" ? "" : `: ${reason}`}${held}${fetching}`;
}

function explain(state: SyncState, input: HeadlineInput): string {
  const { record, inventory } = input;
  switch (state) {
    case "unwritable":
      return input.stateFailure?.message ?? "";
    case "unknown":
      return input.systemdFailure?.message ?? "";
    case "stalled":
      return (record.stall ?? failureOf(record.attempt))?.message ?? "";
    case "blocked":
      return `${failureOf(record.attempt)?.message ?? ""}; the agent tries again by itself`;
    case "rejected":
    case "rolling-back":
      return (returnFailureOf(record.attempt) ?? failureOf(record.attempt))?.message ?? "";
    case "out-of-sync": {
      const next = inventory.applying ?? record.attempt?.revision ?? null;
      return next === null ? "" : `${nameRevision(next)} is not applied yet`;
    }
    case "suspended":
      return explainSuspension(input, "");
    case "waiting":
      return explainWait(record);
    case "pinned":
      return `by ${input.intent.pin?.by ?? "a person"}`;
    case "degraded":
      return listTroubles(input);
    case "drifted":
      return countDrifted(listDrift(input, "differs"));
    case "stale":
      if (!input.isAgentRunning) return "the agent does not run";
      return `the repository has not answered since ${record.polledAt ?? "the agent was installed"}`;
    default:
      return "";
  }
}

function explainSuspension({ intent, nowMs }: HeadlineInput, prefix: string): string {
  const suspension = findSuspension(intent, nowMs);
  return suspension === null ? "" : `${prefix}${describeSuspension(suspension)}`;
}

function explainWait({ attempt }: SyncRecord): string {
  const wait = waitAtGate(attempt);
  return wait === null ? "" : `${nameRevision(wait.revision)} ${describeWait(wait)}`;
}

function listTroubles(input: HeadlineInput): string {
  const { failedUnits } = input.record.applied;
  const failed = new Set(failedUnits.map(({ unit }) => unit));
  const troubles = [
    ...failedUnits.map(({ message }) => message),
    ...listDrift(input, "failed")
      .filter(({ unit }) => unit === null || !failed.has(unit))
      .map(({ message }) => message),
  ];
  const [first = ""] = troubles;
  return troubles.length > 1 ? `${first}, and ${troubles.length - 1} more` : first;
}

/** How much differs, as units and as files that belong to none: `2 units and 1 file`. */
export function countDrifted(drift: readonly Pick<DriftRecord, "unit" | "path">[]): string {
  const units = new Set(drift.flatMap(({ unit }) => unit ?? []));
  const files = new Set(drift.flatMap(({ unit, path }) => (unit === null ? (path ?? []) : [])));
  const parts = [countOf(units.size, "unit"), countOf(files.size, "file")];
  return parts.filter((part) => !part.startsWith("0 ")).join(" and ");
}

function nameRevision({ branch, commit }: Revision): string {
  return `${branch}@${commit.slice(0, 7)}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
