import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDurationMs } from "../../../src/lib/duration.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

// The expected numbers are what `systemd-analyze timespan` of systemd 252 prints for the same texts.
const spans: readonly (readonly [string, number])[] = [
  ["0", 0],
  ["5", 5000],
  ["5s", 5000],
  [" 5s ", 5000],
  ["500ms", 500],
  ["1min 30s", 90_000],
  ["1min30s", 90_000],
  ["2.5m", 150_000],
  [".5s", 500],
  ["1 2min", 121_000],
  ["5sec3", 8000],
  ["1d1", 86_401_000],
  ["2hours", 7_200_000],
  ["1M", 2_629_800_000],
  ["1y", 31_557_600_000],
  ["3month", 7_889_400_000],
  ["2w", 1_209_600_000],
  ["5000us", 5],
  ["5000µs", 5],
  ["5000μs", 5],
];

const noSpans = [
  "",
  " ",
  "infinity",
  "-5s",
  "5x",
  "s",
  "5.",
  "5.s",
  "5.5.5s",
  "1min ,3s",
  "1e3",
  "0x5s",
  "5S",
  "1Min",
];

describe("time spans", () => {
  test.each(spans)("%j means %d ms, as in systemd", (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  test.each(noSpans)("%j is no time span", (text) => {
    expect(parseDurationMs(text)).toBeNull();
  });

  test("a positive span never becomes zero", () => {
    expect(parseDurationMs("1us")).toBe(1);
    expect(parseDurationMs("1001us")).toBe(2);
  });

  test("binary fractions do not add a millisecond", () => {
    expect(parseDurationMs("0.1s 0.2s")).toBe(300);
    expect(parseDurationMs("1.005s")).toBe(1005);
  });

  test("a span beyond exact numbers, or a text without end, is refused", () => {
    expect(parseDurationMs("9999999999999y")).toBeNull();
    expect(parseDurationMs("1s".repeat(1000))).toBeNull();
  });

  test.each([
    [0, "0s"],
    [500, "500ms"],
    [90_000, "1min 30s"],
    [3_600_000, "1h"],
    [93_784_005, "1d 2h 3min 4s 5ms"],
    [864_000_000, "10d"],
  ])("%d ms is written %j", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test("what is written is read back to the same number", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (ms) => {
        expect(parseDurationMs(formatDuration(ms))).toBe(ms);
      }),
      propertyRuns(400),
    );
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const ms = parseDurationMs(text);
        expect(ms === null || ms >= 0).toBe(true);
      }),
      propertyRuns(400),
    );
  });
});
