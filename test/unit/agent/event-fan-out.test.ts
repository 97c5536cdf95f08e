import { describe, expect, it } from "vitest";
import { EventFanOut } from "../../../src/agent/event-fan-out.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import type { NamedSink } from "../../../src/core/ports/run.ts";

/** More than any sink is let wait for. */
const flood = 5_200;
const mostWaiting = 5_000;

const event = (number: number): AgentEvent => ({
  type: "agent.warned",
  message: String(number),
  reason: "a test",
});
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** A message as its number, what is told of sinks as a line. */
function describeEvent(taken: AgentEvent): number | string {
  if (taken.type === "agent.warned") return Number(taken.message);
  if (taken.type === "sink.failed") return `${taken.sink} failed: ${taken.reason}`;
  return taken.type === "sink.recovered" ? `${taken.sink} recovered, lost ${taken.lost}` : taken.type;
}

type Taking = (taken: AgentEvent) => void | Promise<void>;

/** Notes what it has taken for good; `first` is called before and may fail or wait. */
function makeSink(
  name: string,
  first: Taking = () => {},
): NamedSink & { readonly taken: (number | string)[] } {
  const taken: (number | string)[] = [];
  const note = (one: AgentEvent) => void taken.push(describeEvent(one));
  return {
    name,
    taken,
    emit(one) {
      const pending = first(one);
      return pending === undefined ? note(one) : pending.then(() => note(one));
    },
  };
}

function failOn(...bad: readonly number[]): Taking {
  return (taken) => {
    if (taken.type === "agent.warned" && bad.includes(Number(taken.message))) throw new Error("no way");
  };
}

/** A sink that works only when it is let, one event at a time. */
function makeSlowSink() {
  const waiting: (() => void)[] = [];
  const sink = makeSink("slow", () => new Promise((resolve) => waiting.push(resolve)));
  /** Lets it finish what it has begun, and what it is given then, until it is given nothing more. */
  const catchUp = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      next();
      await new Promise(setImmediate);
    }
  };
  return { sink, catchUp };
}

function emitAll(sinks: readonly NamedSink[], count: number): void {
  const events = new EventFanOut(sinks);
  for (const number of numbers(1, count)) events.emit(event(number));
}

describe("events for several sinks", () => {
  it("reach each of them in their order, before emitting returns", () => {
    const sinks = [makeSink("one"), makeSink("two")];
    emitAll(sinks, 3);
    expect(sinks.map(({ taken }) => taken)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it("reach all others when one sink throws, which is told once, and how many it has lost when it works again", () => {
    const before = makeSink("before");
    const bad = makeSink("bad", failOn(2, 3));
    const after = makeSink("after");
    emitAll([before, bad, after], 5);
    const told = ["bad failed: no way", "bad recovered, lost 2"];
    expect(bad.taken).toEqual([1, 4, told[1], 5]);
    for (const { taken } of [before, after]) {
      expect(taken.filter((one) => typeof one === "number")).toEqual([1, 2, 3, 4, 5]);
      expect(taken.filter((one) => typeof one === "string")).toEqual(told);
    }
  });

  it("reach all others when a sink rejects later", async () => {
    const other = makeSink("other");
    const bad: NamedSink = { name: "bad", emit: () => Promise.reject(new Error("out of reach")) };
    emitAll([bad, other], 3);
    expect(other.taken).toEqual([1, 2, 3]);
    await new Promise(setImmediate);
    expect(other.taken).toEqual([1, 2, 3, "bad failed: out of reach"]);
  });

  it("do not wait for a sink that never ends with one", () => {
    const { sink } = makeSlowSink();
    const other = makeSink("other");
    emitAll([sink, other], 100);
    expect(other.taken).toEqual(numbers(1, 100));
    expect(sink.taken).toEqual([]);
  });

  it("reach a slow sink one after the other, none of them lost", async () => {
    const { sink, catchUp } = makeSlowSink();
    emitAll([sink], 100);
    await catchUp();
    expect(sink.taken).toEqual(numbers(1, 100));
  });

  it("of which too many wait for a slow sink are lost to it alone, the oldest first, and counted", async () => {
    const { sink, catchUp } = makeSlowSink();
    const other = makeSink("other");
    emitAll([sink, other], flood);
    const lost = flood - mostWaiting - 1;
    const failed = "slow failed: more than 5000 events wait for it";
    expect(other.taken.filter((one) => typeof one === "number")).toEqual(numbers(1, flood));
    expect(other.taken.filter((one) => typeof one === "string")).toEqual([failed]);
    await catchUp();
    const recovered = `slow recovered, lost ${lost}`;
    // The first one was with the sink already.
    expect(sink.taken).toEqual([1, ...numbers(2 + lost, flood), recovered]);
    expect(other.taken.at(-1)).toBe(recovered);
  });

  it("are told of by the only sink itself, once it works again", () => {
    const only = makeSink("log", failOn(1));
    emitAll([only], 2);
    expect(only.taken).toEqual([2, "log recovered, lost 1"]);
  });

  it("that are about sinks make no new ones, however two sinks fail in turn", async () => {
    const calls: string[] = [];
    const makeFlapping = (name: string): NamedSink => {
      let count = 0;
      return {
        name,
        async emit({ type }) {
          calls.push(type);
          count += 1;
          // What goes on for ever would not let the test end either.
          if (calls.length > 100) await new Promise(() => {});
          if (count % 3 === 1) throw new Error("now and then");
        },
      };
    };
    emitAll([makeFlapping("a"), makeFlapping("b")], 4);
    for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve();
    const told = calls.filter((type) => type !== "agent.warned");
    expect(calls.length - told.length).toBe(8);
    expect(told).toContain("sink.failed");
    // Of its four events each sink fails with two at most: one failure tells the other sink, its end tells both.
    expect(told.length).toBeLessThanOrEqual(12);
  });
});
