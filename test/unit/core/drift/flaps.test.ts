/** How often a thing is put back when somebody else changes it again and again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  burstLimit,
  burstWindowMs,
  firstPauseMs,
  forgetSettled,
  judgeFlaps,
  longestPauseMs,
  noteCorrections,
} from "../../../../src/core/drift/flaps.ts";
import type { CorrectionTimes } from "../../../../src/core/model/correction.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";

const thing = "/etc/x";
const startMs = Date.parse("2026-11-20T08:00:00Z");

/** Another program changes the thing back after each of these waits. @returns when it was put back */
function fight(waitsMs: readonly number[], limit = burstLimit): readonly number[] {
  let times: CorrectionTimes = {};
  const done: number[] = [];
  let nowMs = startMs;
  for (const waitMs of waitsMs) {
    nowMs += waitMs;
    if (nowMs < judgeFlaps(times[thing] ?? [], limit, nowMs).dueMs) continue;
    times = noteCorrections(times, [thing], new Date(nowMs).toISOString());
    done.push(nowMs);
  }
  return done;
}

const waits = fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 400 });

describe("a thing that is changed back", () => {
  test("is never put back more than five times within five minutes", () => {
    fc.assert(
      fc.property(waits, (waitsMs) => {
        const done = fight(waitsMs);
        done.forEach((atMs, index) => {
          const since = done.slice(0, index + 1).filter((time) => time > atMs - burstWindowMs);
          expect(since.length).toBeLessThanOrEqual(burstLimit);
        });
      }),
      propertyRuns(300),
    );
  });

  test("every second is put back five times, then after 5, 10, 20 minutes, and so on up to every 4 hours", () => {
    const days = 2;
    const done = fight(Array.from({ length: days * 86_400 }, () => 1000));
    const pausesMs = done.slice(1).map((atMs, index) => atMs - (done[index] ?? 0));
    expect(pausesMs.slice(0, 4)).toEqual([1000, 1000, 1000, 1000]);
    const minutes = pausesMs.slice(4).map((ms) => ms / 60_000);
    expect(minutes.slice(0, 7)).toEqual([5, 10, 20, 40, 80, 160, 240]);
    expect(new Set(minutes.slice(6))).toEqual(new Set([240]));
  });

  test("is put back at once as long as that is rare", () => {
    const hours = Array.from({ length: 100 }, () => 3_600_000);
    expect(fight(hours)).toHaveLength(100);
  });

  test("with a limit of one is put back once, then after a pause", () => {
    const done = fight(
      Array.from({ length: 1000 }, () => 1000),
      1,
    );
    expect(done).toEqual([startMs + 1000, startMs + 1000 + firstPauseMs, startMs + 1000 + 3 * firstPauseMs]);
  });

  test("does not wait for ever when the clock was set back", () => {
    const ahead = ["2027-01-01T00:00:00Z", "2027-01-01T00:00:01Z"];
    expect(judgeFlaps(ahead, 1, startMs)).toEqual({ isStalled: false, dueMs: 0 });
  });

  test("never waits longer than the longest pause", () => {
    fc.assert(
      fc.property(waits, (waitsMs) => {
        const times = fight(waitsMs).map((ms) => new Date(ms).toISOString());
        const last = Date.parse(times.at(-1) ?? "1970-01-01T00:00:00Z");
        const { dueMs } = judgeFlaps(times, burstLimit, last);
        expect(dueMs).toBeLessThanOrEqual(last + longestPauseMs);
      }),
      propertyRuns(300),
    );
  });
});

describe("what was put back", () => {
  const at = new Date(startMs).toISOString();
  const found = [{ path: thing, key: `modified ${thing}` }];

  test("is forgotten when it has stayed so for five minutes", () => {
    expect(forgetSettled({ [thing]: [at] }, [], startMs + burstWindowMs)).toEqual({});
  });

  test("is remembered before that, and as long as it differs again", () => {
    const times = { [thing]: [at] };
    expect(forgetSettled(times, [], startMs + burstWindowMs - 1)).toBe(times);
    expect(forgetSettled(times, found, startMs + 10 * burstWindowMs)).toBe(times);
  });
});
