/** What the meter says of a round whose times are known. */
import { beforeEach, expect, it } from "vitest";
import { RoundMeter } from "../../../src/agent/round-meter.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import type { RoundFigures } from "../../../src/core/model/round-figures.ts";

let nowMs = 0;
let busCalls = 100;
let events: AgentEvent[] = [];
let meter: RoundMeter;

beforeEach(() => {
  nowMs = 0;
  busCalls = 100;
  events = [];
  meter = new RoundMeter({
    nowMs: () => nowMs,
    cpuMs: () => nowMs / 2,
    counts: () => ({ busCalls, filesRead: 0, processesStarted: 0 }),
  });
});

const sink = { emit: (event: AgentEvent) => events.push(event) };

function figures(): RoundFigures | undefined {
  const last = events.at(-1);
  return last?.type === "round.measured" ? last.figures : undefined;
}

it("the times of the phases add up to the round's, also when a phase comes twice", async () => {
  await meter.measure(sink, async () => {
    nowMs += 10;
    meter.enter("plan");
    nowMs += 20;
    meter.enter("jobs");
    nowMs += 30;
    meter.enter("plan");
    nowMs += 5;
  });
  expect(figures()).toMatchObject({
    durationMs: 65,
    cpuMs: 32.5,
    phases: [
      { phase: "fetch", ms: 10 },
      { phase: "plan", ms: 25 },
      { phase: "jobs", ms: 30 },
    ],
  });
});

it("calls at the same time are counted each, and their time once", async () => {
  await meter.measure(sink, async () => {
    const ends: (() => void)[] = [];
    const write = () => meter.during("files.write", new Promise<void>((resolve) => ends.push(resolve)));
    const calls = [write(), write()];
    for (const [index, end] of ends.entries()) {
      nowMs += 10;
      end();
      await calls[index];
    }
    nowMs += 10;
    await meter.during("files.write", Promise.resolve());
  });
  expect(figures()?.calls).toEqual([{ phase: "fetch", call: "files.write", count: 3, ms: 20 }]);
});

it("a round that fails is measured as well, and the next one begins anew", async () => {
  const failing = meter.measure(sink, async () => {
    busCalls += 7;
    throw new Error("no answer");
  });
  await expect(failing).rejects.toThrow("no answer");
  expect(figures()?.counts.busCalls).toBe(7);
  await meter.measure(sink, async () => undefined);
  expect(figures()).toMatchObject({
    phases: [{ phase: "fetch", ms: 0 }],
    calls: [],
    counts: { busCalls: 0 },
  });
});
