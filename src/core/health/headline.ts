/**
 * Decides the headline of a host, which status, the exit code and the line of `systemctl status gitops-agent` share. Pure;
 * must not gather or render anything.
 */

import type { SyncFailure } from "../model/failure.ts";
import type { UnitFinding } from "../model/finding.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Revision } from "../model/revision.ts";
import type { SyncState } from "../model/status.ts";
import type { SyncRecord } from "../model/sync-record.ts";
import { failureOf, isOpen, returnFailureOf } from "../record/attempt.ts";

export interface HeadlineInput {
  readonly nowMs: number;
  /** How long the repository may not answer before the host counts as stale, milliseconds. */
  readonly staleAfterMs: number;
  readonly isAgentRunning: boolean;
  readonly stateFailure: SyncFailure | null;
  readonly systemdFailure: SyncFailure | null;
  readonly inventory: Inventory;
  readonly record: SyncRecord;
  readonly findings: readonly UnitFinding[];
}

/** The words for each state. */
export const headlineWords: Readonly<Record<SyncState, string>> = {
  "in-sync": "in sync",
  "out-of-sync": "out of sync",
  degraded: "degraded",
  drifted: "drifted",
  pending: "pending",
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
 * at the newest revision went; the present state of the units; how long the repository has not answered; drift and pending
 * restarts.
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
  if (record.drift.length > 0) return "drifted";
  return Object.values(inventory.units).some(({ pending }) => pending !== null) ? "pending" : "in-sync";
}

/** Whether nothing was applied or attempted yet, and nothing waits for a person. */
function isFresh({ revision, applying }: Inventory, { attempt, stall }: SyncRecord): boolean {
  return revision === null && applying === null && attempt === null && stall === null;
}

/** The state of a host whose last attempted revision is not applied; null when it is. */
function decideProgress(inventory: Inventory, record: SyncRecord): SyncState | null {
  const { attempt, stall } = record;
  if (stall !== null || attempt?.phase === "waiting") return "stalled";
  if (attempt?.phase === "rolling-back") return "rolling-back";
  if (attempt?.phase === "blocked") return "blocked";
  if (failureOf(attempt) !== null) return "rejected";
  if (inventory.applying !== null) return "out-of-sync";
  if (attempt !== null && isOpen(attempt, inventory)) return "out-of-sync";
  return inventory.revision === null ? "never" : null;
}

function isDegraded({ record, findings }: HeadlineInput): boolean {
  return record.applied.failedUnits.length > 0 || findings.some(({ degrades }) => degrades);
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
  return `${headlineWords[state]}${revision}${reason === "" ? "" : `: ${reason}`}${fetching}`;
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
    case "degraded":
      return listTroubles(input);
    case "drifted":
      return countOf(record.drift.length, "finding");
    case "stale":
      if (!input.isAgentRunning) return "the agent does not run";
      return `the repository has not answered since ${record.polledAt ?? "the agent was installed"}`;
    default:
      return "";
  }
}

function listTroubles({ record, findings }: HeadlineInput): string {
  const failed = new Set(record.applied.failedUnits.map(({ unit }) => unit));
  const troubles = [
    ...record.applied.failedUnits.map(({ message }) => message),
    ...findings
      .filter(({ unit, degrades }) => degrades && !failed.has(unit))
      .map(({ unit, message }) => `${unit} ${message}`),
  ];
  const [first = ""] = troubles;
  return troubles.length > 1 ? `${first}, and ${troubles.length - 1} more` : first;
}

function nameRevision({ branch, commit }: Revision): string {
  return `${branch}@${commit.slice(0, 7)}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
