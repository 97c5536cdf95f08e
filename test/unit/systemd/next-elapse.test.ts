import { expect, test } from "vitest";
import { findNextElapse } from "../../../src/systemd/read/next-elapse.ts";

const now = { realtimeUs: 1_700_000_000_000_000, monotonicUs: 5_000_000_000 };
const minuteUs = 60_000_000;

test("a calendar timer elapses at its calendar time", () => {
  expect(findNextElapse(now.realtimeUs + minuteUs, null, now)).toBe(now.realtimeUs + minuteUs);
  expect(findNextElapse(now.realtimeUs + minuteUs, 0, now)).toBe(now.realtimeUs + minuteUs);
});

test("a timer that counts from an event elapses as far from now on one clock as on the other", () => {
  expect(findNextElapse(0, now.monotonicUs + minuteUs, now)).toBe(now.realtimeUs + minuteUs);
});

test("a timer that is due already elapses in the past, not never", () => {
  expect(findNextElapse(0, now.monotonicUs - minuteUs, now)).toBe(now.realtimeUs - minuteUs);
});

test("of two moments the earlier one counts", () => {
  expect(findNextElapse(now.realtimeUs + 3 * minuteUs, now.monotonicUs + minuteUs, now)).toBe(
    now.realtimeUs + minuteUs,
  );
  expect(findNextElapse(now.realtimeUs + minuteUs, now.monotonicUs + 3 * minuteUs, now)).toBe(
    now.realtimeUs + minuteUs,
  );
});

test("a timer without a next moment has none", () => {
  expect(findNextElapse(0, null, now)).toBeNull();
  expect(findNextElapse(null, 0, now)).toBeNull();
});
