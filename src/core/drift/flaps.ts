/**
 * How often a thing may be put back. Two that disagree would otherwise change it for ever: after a burst, it is put back
 * only after pauses that grow. Pure.
 */

import type { CorrectionTimes } from "../model/correction.ts";
import type { DriftKind, DriftRecord } from "../model/drift.ts";

export const burstLimit = 5;
export const burstWindowMs = 300_000;
export const firstPauseMs = 300_000;
export const longestPauseMs = 4 * 3_600_000;

/** Kinds that a second start does not mend if the first one did not: these are started once, then after pauses. */
const startedOnce: ReadonlySet<DriftKind> = new Set<DriftKind>(["failed", "start-limit", "watchdog"]);

/** Enough to tell the longest pause; of older times only those are kept that show the burst. */
const keptTimes = 16;

/** A path is one thing, whatever is wrong with it. */
export function thingOf({ path, key }: Pick<DriftRecord, "path" | "key">): string {
  return path ?? key;
}

export function limitOf(kind: DriftKind): number {
  return startedOnce.has(kind) ? 1 : burstLimit;
}

export interface Flap {
  /** True after a burst: then each correction is followed by a longer pause. */
  readonly isStalled: boolean;
  /** When it may be put back again, milliseconds since the epoch. */
  readonly dueMs: number;
}

/**
 * @param times when the thing was put back; those after `nowMs` are from before the clock was set back, and do not count
 * @param limit how many corrections within five minutes make a burst
 */
export function judgeFlaps(times: readonly string[], limit: number, nowMs: number): Flap {
  let burst: number[] = [];
  let pauseMs = 0;
  let lastMs = 0;
  for (const atMs of times.map((time) => Date.parse(time)).filter((time) => time <= nowMs)) {
    if (pauseMs > 0) pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    else {
      burst = [...burst.filter((time) => time > atMs - burstWindowMs), atMs];
      if (burst.length >= limit) pauseMs = firstPauseMs;
    }
    lastMs = atMs;
  }
  return { isStalled: pauseMs > 0, dueMs: pauseMs === 0 ? 0 : lastMs + pauseMs };
}

/** Whether a thing was put back so often that it is put back only after pauses. */
export function hasStalled(
  drift: Pick<DriftRecord, "path" | "key" | "kind">,
  times: CorrectionTimes,
  nowMs: number,
): boolean {
  return judgeFlaps(times[thingOf(drift)] ?? [], limitOf(drift.kind), nowMs).isStalled;
}

/** The times with one more for each of these things. @param at ISO 8601 */
export function noteCorrections(
  before: CorrectionTimes,
  things: readonly string[],
  at: string,
): CorrectionTimes {
  const noted = [...new Set(things)].map((thing) => {
    const times = before[thing] ?? [];
    return [thing, [...times.slice(0, keptTimes - 1), at]] as const;
  });
  return { ...before, ...Object.fromEntries(noted) };
}

/**
 * The times without those of things that have stayed as they were put back: the last correction is longer ago than a
 * burst lasts, and the look finds no difference. Returns the same object when nothing is forgotten.
 */
export function forgetSettled(
  times: CorrectionTimes,
  found: readonly Pick<DriftRecord, "path" | "key">[],
  nowMs: number,
): CorrectionTimes {
  const different = new Set(found.map(thingOf));
  const entries = Object.entries(times);
  const kept = entries.filter(
    ([thing, at]) => different.has(thing) || Date.parse(at.at(-1) ?? "") > nowMs - burstWindowMs,
  );
  return kept.length === entries.length ? times : Object.fromEntries(kept);
}
