/** Windows: what is one, and when it is open. Times are local, so each expectation is made with the same local clock. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findOpening, parseWindow, type Window } from "../../../../src/core/gate/windows.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";

function windowOf(text: string): Window {
  const window = parseWindow(text);
  if (window === null) throw new Error(`${text} is no window`);
  return window;
}

/** 2026-12-02 is a Wednesday. */
const wednesday = (hour: number, minute = 0) => new Date(2026, 11, 2, hour, minute).getTime();
const thursday = (hour: number, minute = 0) => new Date(2026, 11, 3, hour, minute).getTime();

function nextOf(texts: readonly string[], nowMs: number) {
  return findOpening(texts.map(windowOf), nowMs);
}

describe("a window", () => {
  it.each([
    "02:00..05:00",
    "2:30..5:00",
    "Mon..Fri 02:00..05:00",
    "monday,Wed..Fri 22:00..06:00",
    "Sat..Mon 00:00..24:00",
    "  Sun 12:00..13:00 ",
  ])("may be written as '%s'", (text) => {
    expect(parseWindow(text)?.text).toBe(text.trim());
  });

  it.each([
    "",
    "Mon",
    "02:00",
    "25:00..26:00",
    "02:60..05:00",
    "Mun 02:00..05:00",
    "Mon.. 02:00..05:00",
    "02:00-05:00",
    "Mon Tue 02:00..05:00",
    "24:00..05:00",
    "Mon..Tue..Wed 1:00..2:00",
  ])("is not '%s'", (text) => expect(parseWindow(text)).toBeNull());

  it("opens on the days that a range names, also over Sunday", () => {
    expect([...windowOf("Sat..Mon 02:00..05:00").days].sort()).toEqual([0, 1, 6]);
    expect([...windowOf("Fri 02:00..05:00").days]).toEqual([5]);
  });
});

describe("the next opening", () => {
  it("is the one that goes on, from its first moment to before its end", () => {
    const opening = { fromMs: wednesday(2), toMs: wednesday(5) };
    expect(nextOf(["Wed 02:00..05:00"], wednesday(2))).toEqual(opening);
    expect(nextOf(["Wed 02:00..05:00"], wednesday(4, 59))).toEqual(opening);
    expect(nextOf(["Wed 02:00..05:00"], wednesday(5))?.fromMs).toBe(new Date(2026, 11, 9, 2).getTime());
  });

  it("goes on over midnight on the day after the one that it began on", () => {
    expect(nextOf(["Wed 22:00..06:00"], thursday(3))).toEqual({ fromMs: wednesday(22), toMs: thursday(6) });
    expect(nextOf(["Wed 22:00..06:00"], thursday(7))?.fromMs).toBe(new Date(2026, 11, 9, 22).getTime());
  });

  it("is the first of several windows, and there is none without windows", () => {
    expect(nextOf(["Sat 02:00..05:00", "Thu 10:00..11:00"], wednesday(12))?.fromMs).toBe(thursday(10));
    expect(nextOf([], wednesday(12))).toBeNull();
  });

  it("is never over, and never more than a week away", () => {
    const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    const two = (number: number) => String(number).padStart(2, "0");
    fc.assert(
      fc.property(
        fc.constantFrom("Mon", "Tue..Thu", "Sat,Sun", "Fri..Mon"),
        time,
        time,
        fc.integer({ min: 0, max: 400 * 24 * 60 }),
        (days, [fromHour, fromMinute], [toHour, toMinute], minutes) => {
          const text = `${days} ${two(fromHour)}:${two(fromMinute)}..${two(toHour)}:${two(toMinute)}`;
          const nowMs = new Date(2026, 0, 1).getTime() + minutes * 60_000;
          const opening = nextOf([text], nowMs);
          expect(opening?.toMs).toBeGreaterThan(nowMs);
          expect((opening?.fromMs ?? Infinity) - nowMs).toBeLessThanOrEqual((7 * 24 + 1) * 3_600_000);
        },
      ),
      propertyRuns(200),
    );
  });
});
