/** What is told of differences from one look to the next. */
import { describe, expect, it } from "vitest";
import { nextLookMs, type TrackInput, trackDrift } from "../../../../src/core/drift/track.ts";
import type { Drift, DriftRecord } from "../../../../src/core/model/drift.ts";
import { driftSettings } from "../../../support/values/told-drift.ts";

const beganMs = Date.parse("2026-01-01T12:00:00.000Z");
const { graceMs } = driftSettings;

const stopped: Drift = {
  key: "stopped a.service",
  kind: "stopped",
  unit: "a.service",
  path: null,
  message: "a.service was stopped",
};
const modified: Drift = {
  key: "modified /etc/x",
  kind: "modified",
  unit: null,
  path: "/etc/x",
  message: "/etc/x was edited",
};

/** A host that is looked at again and again. */
class Watched {
  records: readonly DriftRecord[] = [];
  nowMs = beganMs;

  look(found: readonly Drift[], input: Partial<TrackInput> = {}): readonly string[] {
    const { records, news } = trackDrift({
      known: this.records,
      found,
      isJudged: () => true,
      policyOf: () => "report",
      isToldBefore: () => false,
      settings: driftSettings,
      nowMs: this.nowMs,
      ...input,
    });
    this.records = records;
    return news.map((one) =>
      one.type === "drift.burst" ? `burst of ${one.count} ${one.of}` : `${one.type} ${one.drift.key}`,
    );
  }

  lookAfter(ms: number, found: readonly Drift[], input: Partial<TrackInput> = {}): readonly string[] {
    this.nowMs += ms;
    return this.look(found, input);
  }
}

describe("a difference", () => {
  it("of a file is told at the first look, once, and told again only when it is over", () => {
    const host = new Watched();
    expect(host.look([modified])).toEqual(["drift.detected modified /etc/x"]);
    expect(host.lookAfter(graceMs, [modified])).toEqual([]);
    expect(host.lookAfter(graceMs, [])).toEqual(["drift.resolved modified /etc/x"]);
    expect(host.records).toEqual([]);
  });

  it("of what runs is told when it has lasted for the grace, with the time when it was first seen", () => {
    const host = new Watched();
    expect(host.look([stopped])).toEqual([]);
    expect(host.lookAfter(graceMs - 1, [stopped])).toEqual([]);
    expect(host.lookAfter(1, [stopped])).toEqual(["drift.detected stopped a.service"]);
    const toldAt = new Date(beganMs + graceMs).toISOString();
    expect(host.records).toEqual([
      { ...stopped, since: new Date(beganMs).toISOString(), policy: "report", state: "told", toldAt },
    ]);
  });

  it("that is over within the grace is not told at all", () => {
    const host = new Watched();
    host.look([stopped]);
    expect(host.lookAfter(graceMs - 1, [])).toEqual([]);
    expect(host.records).toEqual([]);
  });

  it("is told at once where there is no grace, or when the clock was set back", () => {
    const settings = { ...driftSettings, graceMs: 0 };
    expect(new Watched().look([stopped], { settings })).toHaveLength(1);
    const host = new Watched();
    host.look([stopped]);
    expect(host.lookAfter(-3_600_000, [stopped])).toHaveLength(1);
  });

  it("is told again as a change when another one of the same kind takes its place, in silence within the grace", () => {
    const other = { ...stopped, message: "a.service was killed" };
    const host = new Watched();
    host.look([stopped]);
    expect(host.lookAfter(1, [other])).toEqual([]);
    expect(host.lookAfter(graceMs, [other])).toEqual(["drift.detected stopped a.service"]);
    expect(host.look([stopped])).toEqual(["drift.changed stopped a.service"]);
    expect(host.look([stopped])).toEqual([]);
  });

  it("that was not looked at stays as it was, and is not told", () => {
    const host = new Watched();
    host.look([stopped, modified]);
    const before = host.records;
    expect(host.lookAfter(graceMs, [], { isJudged: () => false })).toEqual([]);
    expect(host.records).toEqual(before);
    expect(host.look([], { isJudged: ({ path }) => path !== null })).toEqual([
      "drift.resolved modified /etc/x",
    ]);
    expect(host.records.map(({ key }) => key)).toEqual([stopped.key]);
  });

  it("that the sync has told is kept as told, and its end is told", () => {
    const host = new Watched();
    expect(host.look([stopped], { isToldBefore: () => true })).toEqual([]);
    expect(host.lookAfter(graceMs, [stopped])).toEqual([]);
    expect(host.look([])).toEqual(["drift.resolved stopped a.service"]);
  });

  it("that is to be ignored is neither kept nor told, and is over for those who were told of it", () => {
    const host = new Watched();
    expect(host.look([modified], { policyOf: () => "ignore" })).toEqual([]);
    expect(host.records).toEqual([]);
    host.look([modified]);
    expect(host.look([modified], { policyOf: () => "ignore" })).toEqual(["drift.resolved modified /etc/x"]);
  });

  it("is reminded of as often as the settings say, never by default", () => {
    const settings = { ...driftSettings, remindMs: 60_000 };
    const host = new Watched();
    host.look([modified], { settings });
    expect(host.lookAfter(59_999, [modified], { settings })).toEqual([]);
    expect(host.lookAfter(1, [modified], { settings })).toEqual(["drift.reminded modified /etc/x"]);
    expect(host.lookAfter(1, [modified], { settings })).toEqual([]);
    expect(host.lookAfter(86_400_000, [modified])).toEqual([]);
  });

  it("keeps the state that a correction has given it", () => {
    const host = new Watched();
    host.look([modified]);
    host.records = host.records.map((record) => ({ ...record, state: "stalled" as const }));
    host.look([modified]);
    expect(host.records).toMatchObject([{ state: "stalled" }]);
  });
});

describe("many differences at once", () => {
  const many = (count: number): readonly Drift[] =>
    Array.from({ length: count }, (_, index) => ({
      ...modified,
      key: `modified ${index}`,
      path: `/etc/${index}`,
    }));

  it("are told one by one up to ten, and as one line from eleven on, while all are kept", () => {
    expect(new Watched().look(many(10))).toHaveLength(10);
    const host = new Watched();
    expect(host.look(many(200))).toEqual(["burst of 200 detected"]);
    expect(host.records).toHaveLength(200);
    expect(host.look([])).toEqual(["burst of 200 resolved"]);
  });

  it("name the first ten, and weigh as much as the heaviest", () => {
    const { news } = trackDrift({
      known: [],
      found: [...many(20), stopped],
      isJudged: () => true,
      policyOf: () => "report",
      isToldBefore: () => false,
      settings: { ...driftSettings, graceMs: 0 },
      nowMs: beganMs,
    });
    expect(news).toMatchObject([{ drift: { kind: "stopped" }, count: 21 }]);
    expect(news[0]?.type === "drift.burst" && news[0].names).toHaveLength(10);
  });
});

describe("the next look", () => {
  it("is due when a grace ends or a reminder comes, and never without either", () => {
    const host = new Watched();
    expect(nextLookMs(host.records, host.nowMs, driftSettings)).toBeNull();
    host.look([stopped, modified]);
    host.nowMs += 500;
    expect(nextLookMs(host.records, host.nowMs, driftSettings)).toBe(graceMs - 500);
    host.lookAfter(graceMs, [stopped, modified]);
    expect(nextLookMs(host.records, host.nowMs, driftSettings)).toBeNull();
    const settings = { ...driftSettings, remindMs: 60_000 };
    expect(nextLookMs(host.records, host.nowMs, settings)).toBe(60_000 - graceMs - 500);
    expect(nextLookMs(host.records, host.nowMs + 3_600_000, settings)).toBe(0);
  });
});
