/**
 * Follows differences from one look to the next: which are new, which have lasted long enough to be reported, which have
 * changed, and which are over. Pure; must not look at the host, and must not report anything itself.
 */

import type { Drift, DriftPolicy, DriftRecord, DriftSettings } from "../model/drift.ts";
import type { DriftNews, SingleNews } from "../model/events.ts";
import { gatherBursts } from "./burst.ts";
import { driftKinds } from "./kinds.ts";

export interface TrackInput {
  /** What was kept of the looks before. */
  readonly known: readonly DriftRecord[];
  /** What this look found. */
  readonly found: readonly Drift[];
  /** Whether this look has judged the thing again that a known record is about. A record of anything else is kept. */
  isJudged(record: DriftRecord): boolean;
  policyOf(drift: Drift): DriftPolicy;
  /** Whether the same has been reported already, by the sync or when it stalled. Then a new record is not reported. */
  isToldBefore(drift: Drift): boolean;
  readonly settings: DriftSettings;
  readonly nowMs: number;
}

export interface Tracked {
  /** All differences of now, sorted by key. */
  readonly records: readonly DriftRecord[];
  /** What is to be reported, in this order. */
  readonly news: readonly DriftNews[];
}

/** Compares what a look found with what was known. Differences with the policy `ignore` are left out. */
export function trackDrift(input: TrackInput): Tracked {
  const known = new Map(input.known.map((record) => [record.key, record]));
  const found = input.found.flatMap((drift) => {
    const policy = input.policyOf(drift);
    return policy === "ignore" ? [] : [follow({ ...drift, policy }, known.get(drift.key), input)];
  });
  const keys = new Set(found.map(({ record }) => record.key));
  const others = input.known.filter(({ key }) => !keys.has(key));
  const over = others.filter((record) => input.isJudged(record));
  const kept = others.filter((record) => !input.isJudged(record));
  const resolved = over.flatMap((drift): readonly SingleNews[] =>
    isTold(drift) ? [{ type: "drift.resolved", drift }] : [],
  );
  const records = [...found.map(({ record }) => record), ...kept];
  return {
    records: records.sort((left, right) => (left.key < right.key ? -1 : 1)),
    news: gatherBursts([...found.flatMap(({ news }) => news ?? []), ...resolved]),
  };
}

interface Followed {
  readonly record: DriftRecord;
  readonly news: SingleNews | null;
}

/** A difference that this look has found. */
function follow(
  drift: Drift & Pick<DriftRecord, "policy">,
  before: DriftRecord | undefined,
  input: TrackInput,
): Followed {
  const now = new Date(input.nowMs).toISOString();
  if (before === undefined) {
    if (input.isToldBefore(drift)) return silent({ ...drift, since: now, state: "told", toldAt: now });
    return ripen({ ...drift, since: now, state: "new", toldAt: null }, input);
  }
  const { since, state, toldAt } = before;
  if (isTold(before) && before.message !== drift.message) {
    const record = { ...drift, since, state, toldAt: now };
    return { record, news: { type: "drift.changed", drift: record } };
  }
  return ripen({ ...drift, since, state, toldAt }, input);
}

/** Whether the time has come to report a record for the first time, or to remind of it. */
function ripen(record: DriftRecord, { settings, nowMs }: TrackInput): Followed {
  const dueMs = findDueMs(record, settings);
  if (dueMs === null || (dueMs > nowMs && Date.parse(record.since) <= nowMs)) return silent(record);
  const told: DriftRecord = {
    ...record,
    state: record.state === "new" ? "told" : record.state,
    toldAt: new Date(nowMs).toISOString(),
  };
  return { record: told, news: { type: isTold(record) ? "drift.reminded" : "drift.detected", drift: told } };
}

function silent(record: DriftRecord): Followed {
  return { record, news: null };
}

function isTold({ toldAt }: DriftRecord): boolean {
  return toldAt !== null;
}

/** When a record is to be reported next, milliseconds since the epoch; null when never. */
function findDueMs(
  { kind, since, toldAt }: DriftRecord,
  { remindMs, graceMs }: DriftSettings,
): number | null {
  if (toldAt !== null) return remindMs === null ? null : Date.parse(toldAt) + remindMs;
  return Date.parse(since) + (driftKinds[kind].hasGrace ? graceMs : 0);
}

/**
 * In how many milliseconds a look is due because a record is to be reported then, if it still holds. 0 when it is due
 * already; null when nothing is.
 */
export function nextLookMs(
  records: readonly DriftRecord[],
  nowMs: number,
  settings: DriftSettings,
): number | null {
  const dueMs = records.flatMap((record) => findDueMs(record, settings) ?? []);
  return dueMs.length === 0 ? null : Math.max(0, Math.min(...dueMs) - nowMs);
}
