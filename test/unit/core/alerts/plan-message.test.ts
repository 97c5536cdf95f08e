/** What a channel says: each beginning and each end once, and never more than it may. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChannelRules, planMessage, recordSent } from "../../../../src/core/alerts/plan-message.ts";
import {
  type Alert,
  type AlertMessage,
  alertClasses,
  type ChannelMemory,
  emptyChannelMemory,
} from "../../../../src/core/model/alert.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";

const startMs = Date.parse("2026-12-01T12:00:00Z");
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const every: ChannelRules = {
  on: [...alertClasses, "recovered"],
  units: null,
  repeatMs: null,
  maxPerHour: null,
};

function alertOf(unit: string, more: Partial<Alert> = {}): Alert {
  return {
    key: `degraded ${unit}`,
    class: "degraded",
    about: "",
    units: [unit],
    summary: `${unit} does not work`,
    since: "2026-12-01T11:59:00.000Z",
    reason: "it failed",
    hint: null,
    command: `gitops-agent status ${unit}`,
    ...more,
  };
}

const web = alertOf("web.service");
const db = alertOf("db.service");

/** A channel whose messages arrive, at times that the test chooses. */
function makeChannel(rules: ChannelRules) {
  let memory = emptyChannelMemory;
  return {
    look(present: readonly Alert[] | null, afterMs: number) {
      const nowMs = startMs + afterMs;
      const planned = planMessage({ rules, memory, present, nowMs });
      memory = planned.message === null ? planned.memory : recordSent(planned.memory, planned.message, nowMs);
      return { ...planned, message: planned.message && namesOf(planned.message) };
    },
  };
}

function namesOf({ begun, still, over, ...rest }: AlertMessage) {
  const list = (alerts: readonly Alert[]) => alerts.map(({ units }) => units.join());
  return { begun: list(begun), still: list(still), over: list(over), ...rest };
}

const nothing = { begun: [], still: [], over: [], missed: 0, silentUntil: null };

describe("a channel", () => {
  it("says once that something begins, and once that it is over", () => {
    const channel = makeChannel(every);
    expect(channel.look([web, db], 0).message).toEqual({ ...nothing, begun: ["db.service", "web.service"] });
    expect(channel.look([web, db], minuteMs).message).toBeNull();
    expect(channel.look([db], 2 * minuteMs).message).toEqual({ ...nothing, over: ["web.service"] });
    expect(channel.look([db], 3 * minuteMs).message).toBeNull();
  });

  it("takes what it told to be still so while nothing is known", () => {
    const channel = makeChannel(every);
    channel.look([web], 0);
    expect(channel.look(null, minuteMs).message).toBeNull();
    expect(channel.look([], 2 * minuteMs).message).toEqual({ ...nothing, over: ["web.service"] });
  });

  it("says that it begins anew when it is about something else: another commit was rejected", () => {
    const channel = makeChannel(every);
    const rejected = (about: string) =>
      alertOf("x", { key: "rejected", class: "rejected", units: [], about });
    channel.look([rejected("a")], 0);
    expect(channel.look([rejected("b")], minuteMs).message).toEqual({ ...nothing, begun: [""] });
    expect(channel.look([rejected("b")], minuteMs).message).toBeNull();
  });

  it("repeats what lasts, and says when that is due", () => {
    const channel = makeChannel({ ...every, repeatMs: hourMs });
    channel.look([web], 0);
    expect(channel.look([web], minuteMs)).toMatchObject({ message: null, dueMs: startMs + hourMs });
    expect(channel.look([web], hourMs).message).toEqual({ ...nothing, still: ["web.service"] });
    expect(channel.look([web], hourMs + minuteMs).dueMs).toBe(startMs + 2 * hourMs);
  });

  it("repeats at once when the clock was set back, in place of never", () => {
    const channel = makeChannel({ ...every, repeatMs: hourMs });
    channel.look([web], 0);
    expect(channel.look([web], -24 * hourMs).message).toEqual({ ...nothing, still: ["web.service"] });
  });

  it("tells only what it is asked for: classes, units, and ends", () => {
    const host = alertOf("x", { key: "stalled", class: "stalled", units: [] });
    const drift = alertOf("web.service", { key: "drift a", class: "drift" });
    const channel = makeChannel({ ...every, on: ["degraded", "stalled"], units: ["web*"] });
    expect(channel.look([web, db, host, drift], 0).message?.begun).toEqual(["", "web.service"]);
    expect(channel.look([], minuteMs).message).toBeNull();
    expect(channel.look([web], 2 * minuteMs).message?.begun).toEqual(["web.service"]);
  });

  it("announces the last message of an hour, is silent, and then says what is left in one", () => {
    const channel = makeChannel({ ...every, maxPerHour: 2 });
    expect(channel.look([web], 0).message?.silentUntil).toBeNull();
    const until = new Date(startMs + hourMs).toISOString();
    expect(channel.look([], minuteMs).message).toEqual({
      ...nothing,
      over: ["web.service"],
      silentUntil: until,
    });
    expect(channel.look([web, db], 2 * minuteMs)).toMatchObject({ message: null, dueMs: startMs + hourMs });
    expect(channel.look([web], 3 * minuteMs).message).toBeNull();
    expect(channel.look([web], hourMs).message).toMatchObject({ begun: ["web.service"], missed: 1 });
  });

  it("tells a thousand alerts of one moment in one message", () => {
    const channel = makeChannel({ ...every, maxPerHour: 20 });
    const many = Array.from({ length: 1_000 }, (_, at) => alertOf(`u${at}.service`));
    expect(channel.look(many, 0).message?.begun).toHaveLength(1_000);
    expect(channel.look([], minuteMs).message?.over).toHaveLength(1_000);
  });
});

interface Step {
  readonly afterMs: number;
  readonly present: readonly string[] | null;
  /** `kill`: the agent is killed and has only what it saved. */
  readonly end: "sent" | "failed" | "kill";
}

const step: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.integer({ min: 0, max: 30 * minuteMs }),
  present: fc.option(fc.subarray(["a", "b", "c", "d"])),
  end: fc.constantFrom("sent", "sent", "failed", "kill"),
});

/** Plays the steps; what was sent, and the memory at the end. */
function play(rules: ChannelRules, steps: readonly Step[]) {
  let nowMs = startMs;
  let saved: ChannelMemory = emptyChannelMemory;
  let memory = saved;
  const sent: { readonly atMs: number; readonly message: AlertMessage }[] = [];
  for (const { afterMs, present, end } of steps) {
    nowMs += afterMs;
    const alerts = present === null ? null : present.map((name) => alertOf(`${name}.service`));
    const planned = planMessage({ rules, memory, present: alerts, nowMs });
    memory = planned.memory;
    if (planned.message !== null && end === "sent") {
      memory = recordSent(memory, planned.message, nowMs);
      saved = memory;
      sent.push({ atMs: nowMs, message: planned.message });
    }
    if (end === "kill") memory = saved;
  }
  return { sent, memory };
}

describe("whatever happens to the host, to the other side and to the agent", () => {
  const steps = fc.array(step, { maxLength: 40 });

  it("each beginning is told once, each end once and only after its beginning", () => {
    fc.assert(
      fc.property(steps, (played) => {
        const open = new Set<string>();
        for (const { message } of play({ ...every, maxPerHour: 3 }, played).sent) {
          for (const { key } of message.over) expect(open.delete(key)).toBe(true);
          for (const { key } of message.begun) {
            expect(open.has(key)).toBe(false);
            open.add(key);
          }
        }
      }),
      propertyRuns(400),
    );
  });

  it("no hour has more messages than it may, and in the end everybody knows what is so", () => {
    fc.assert(
      fc.property(steps, fc.subarray(["a", "b", "c", "d"]), (played, last) => {
        const calm: Step[] = [
          { afterMs: 2 * hourMs, present: last, end: "sent" },
          { afterMs: hourMs, present: last, end: "sent" },
        ];
        const { sent, memory } = play({ ...every, maxPerHour: 3 }, [...played, ...calm]);
        for (const { atMs } of sent) {
          expect(sent.filter((one) => one.atMs >= atMs && one.atMs < atMs + hourMs).length).toBeLessThan(4);
        }
        expect(memory.told.map(({ alert }) => alert.units.join()).sort()).toEqual(
          last.map((name) => `${name}.service`).sort(),
        );
      }),
      propertyRuns(400),
    );
  });
});
