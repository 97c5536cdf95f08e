/** Why rounds run, and what a round that goes on for long learns meanwhile. */
import { expect, it } from "vitest";
import { Loop } from "../../../src/agent/loop.ts";
import type { Outcome } from "../../../src/agent/outcome.ts";
import type { Round } from "../../../src/agent/task.ts";
import { emptySyncRecord } from "../../../src/core/model/sync-record.ts";

const unchanged: Outcome = { kind: "unchanged", record: emptySyncRecord };
const nothing = { modes: [], adopt: [] };
const intervalMs = 60_000;
const settings = { intervalMs, random: () => 0.5, drift: { remindMs: null, graceMs: 2_000 } };

/** A loop whose pauses last until something comes in, or until `elapse` is called. */
function makeLoop(work: (round: Round, loop: Loop) => Promise<void>, rounds: number) {
  const stop = new AbortController();
  const causes: string[] = [];
  let nowMs = 0;
  let elapse: () => void = () => {};
  const sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      elapse = () => {
        nowMs += ms;
        resolve();
      };
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  const reconcile = async (round: Round) => {
    causes.push(round.cause);
    await work(round, loop);
    if (causes.length === rounds) stop.abort();
    return unchanged;
  };
  const loop: Loop = new Loop(
    { reconcile, look: async () => unchanged },
    { ...settings, clock: { now: () => 0, sleep }, nowMs: () => nowMs },
  );
  const run = loop.run(() => setImmediate(() => betweenRounds.shift()?.()), stop.signal);
  const betweenRounds: (() => void)[] = [];
  return { loop, causes, run, betweenRounds, elapse: () => elapse() };
}

it("says of each round what it is for: the start, the time, a push, a person", async () => {
  const { loop, causes, run, betweenRounds, elapse } = makeLoop(async () => {}, 4);
  betweenRounds.push(
    elapse,
    () => loop.notePush(),
    () => void loop.requestRound(nothing),
  );
  await run;
  expect(causes).toEqual(["start", "time", "push", "asked"]);
});

it("puts a round down to the person where a push was noticed as well", async () => {
  const { loop, causes, run, betweenRounds } = makeLoop(async () => {}, 2);
  betweenRounds.push(() => {
    loop.notePush();
    void loop.requestRound(nothing);
  });
  await run;
  expect(causes).toEqual(["start", "asked"]);
});

it("tells a round of each push that comes while it goes on, and does another one after it", async () => {
  const hints: string[] = [];
  const { signal } = new AbortController();
  const { causes, run } = makeLoop(async ({ cause, nextHint }, loop) => {
    if (cause !== "start") return;
    loop.notePush();
    hints.push(await nextHint(signal));
    const next = nextHint(signal);
    void loop.requestRound(nothing);
    hints.push(await next);
  }, 2);
  await run;
  expect(hints).toEqual(["push", "asked"]);
  expect(causes).toEqual(["start", "asked"]);
});

it("does not keep a round that is over waiting for a hint", async () => {
  const over = AbortSignal.abort();
  const { run } = makeLoop(async ({ nextHint }) => void (await nextHint(over)), 1);
  await run;
});
