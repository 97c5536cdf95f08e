/** When the loop looks at what hints name, and that hints leave its rounds alone. */
import { expect, it } from "vitest";
import { Loop } from "../../../src/agent/loop.ts";
import type { Outcome } from "../../../src/agent/outcome.ts";
import type { Round } from "../../../src/agent/task.ts";
import type { DriftRecord, LookScope } from "../../../src/core/model/drift.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";

const unchanged: Outcome = { kind: "unchanged", record: emptySyncRecord };
const intervalMs = 60_000;
const unitScope = (...units: string[]) => ({ units: new Set(units), paths: new Set<string>() });

type Work = (loop: Loop, round: Round) => Promise<void>;

/** Time that passes only when told to, and a loop that writes down when it did what. */
class Timeline {
  readonly said: string[] = [];
  nowMs = 0;
  lookTakesMs = 0;
  record: SyncRecord = emptySyncRecord;
  outcome: Partial<Outcome> = {};
  readonly #stop = new AbortController();
  readonly #sleepers = new Set<{ untilMs: number; wake: () => void }>();
  readonly loop: Loop;
  readonly #run: Promise<void>;

  constructor(doRound: Work = (_, { beginFullLook }) => beginFullLook()) {
    const work = {
      reconcile: async (round: Round) => {
        this.#say(round.cause);
        await doRound(this.loop, round);
        return { ...unchanged, ...this.outcome, record: this.record } as Outcome;
      },
      look: async (scope: LookScope) => {
        this.#say(scope === "all" ? "all" : [...scope.units, ...scope.paths].join(" "));
        this.nowMs += this.lookTakesMs;
        return { ...unchanged, record: this.record };
      },
    };
    const clock = {
      now: () => this.nowMs,
      sleep: (ms: number, signal: AbortSignal) => this.sleep(ms, signal),
    };
    this.loop = new Loop(work, {
      intervalMs,
      random: () => 0.5,
      drift: { remindMs: null, graceMs: 2_000 },
      clock,
      nowMs: () => this.nowMs,
    });
    this.#run = this.loop.run(() => {}, this.#stop.signal);
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { untilMs: this.nowMs + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", () => this.#wake(sleeper), { once: true });
    });
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await settle();
      const next = [...this.#sleepers].sort((a, b) => a.untilMs - b.untilMs)[0];
      if (next === undefined || next.untilMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, next.untilMs);
      this.#wake(next);
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#run;
  }

  #wake(sleeper: { wake: () => void }): void {
    this.#sleepers.delete(sleeper as { untilMs: number; wake: () => void });
    sleeper.wake();
  }

  #say(what: string): void {
    this.said.push(`${this.nowMs}: ${what}`);
  }
}

/** Lets everything happen that needs no time. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

it("looks at what hints name, once for those that come together, and begins no round for it", async () => {
  const time = new Timeline();
  await time.advance(1000);
  time.loop.noteHint(unitScope("a.service"));
  await time.advance(20);
  time.loop.noteHint({ units: new Set(), paths: new Set(["/etc/x"]) });
  await time.advance(500);
  expect(time.said).toEqual(["0: start", "1050: a.service /etc/x"]);
  await time.end();
});

it("looks every 200 ms under a stream of hints", async () => {
  const time = new Timeline();
  await time.advance(1000);
  for (let count = 0; count < 50; count += 1) {
    time.loop.noteHint(unitScope("a.service"));
    await time.advance(10);
  }
  expect(time.said.slice(0, 3)).toEqual(["0: start", "1200: a.service", "1400: a.service"]);
  await time.end();
});

it("holds looks under a stream further and further apart, and then looks at a single hint without delay", async () => {
  const time = new Timeline();
  time.lookTakesMs = 100;
  await time.advance(1000);
  while (time.nowMs < 3600) {
    time.loop.noteHint("all");
    await time.advance(10);
  }
  const looks = time.said.slice(1).map((line) => Number.parseInt(line, 10));
  expect(looks).toEqual([1200, 1500, 1800, 2100, 2500, 3000, 3500]);
  await time.advance(6400);
  const quietMs = time.nowMs;
  time.loop.noteHint("all");
  await time.advance(1000);
  expect(time.said.at(-1)).toBe(`${quietMs + 30}: all`);
  await time.end();
});

it("keeps to the schedule of polls, also after failures, however many hints come between", async () => {
  const time = new Timeline();
  time.outcome = { kind: "failed", transient: true };
  await time.advance(1000);
  time.loop.noteHint(unitScope("a.service"));
  await time.advance(100_000);
  time.loop.noteHint(unitScope("b.service"));
  await time.advance(200_000);
  expect(time.said).toEqual(["0: start", "1030: a.service", "101030: b.service", "120000: time"]);
  await time.end();
});

it("begins a round when a wait ends, and not earlier than that nor later than the interval", async () => {
  const time = new Timeline();
  time.outcome = { dueAt: new Date(20_000).toISOString() };
  await time.advance(10_000);
  time.outcome = { dueAt: new Date(200_000).toISOString() };
  await time.advance(75_000);
  expect(time.said).toEqual(["0: start", "20000: time", "80000: time"]);
  await time.end();
});

it("looks after a long round at all that hints named, also before the round's own look", async () => {
  const time = new Timeline(async (loop, { beginFullLook }) => {
    loop.noteHint(unitScope("before.service"));
    await beginFullLook();
    loop.noteHint(unitScope("after.service"));
  });
  await time.advance(1000);
  expect(time.said).toEqual(["0: start", "30: before.service after.service"]);
  await time.end();
});

it("keeps hints that come before a round which never gets to its look", async () => {
  const time = new Timeline(async (loop) => loop.noteHint(unitScope("a.service")));
  await time.advance(1000);
  expect(time.said).toEqual(["0: start", "30: a.service"]);
  await time.end();
});

it("does not tell a round that goes on of a hint, since a hint says nothing of the repository", async () => {
  const told: string[] = [];
  const time = new Timeline(async (loop, { nextHint }) => {
    loop.noteHint(unitScope("a.service"));
    told.push(`${await nextHint(new AbortController().signal)} at ${time.nowMs}`);
  });
  await time.advance(1000);
  time.loop.noteHint(unitScope("b.service"));
  await time.advance(intervalMs);
  expect(told).toEqual([`time at ${intervalMs}`]);
  await time.end();
});

it("lets a push go before a hint, and looks at what the hint named after the round", async () => {
  const time = new Timeline();
  await time.advance(1000);
  time.loop.noteHint(unitScope("a.service"));
  time.loop.notePush();
  await time.advance(1000);
  expect(time.said).toEqual(["0: start", "1000: push", "1030: a.service"]);
  await time.end();
});

it("looks again when the grace of a difference ends", async () => {
  const time = new Timeline();
  const since = new Date(0).toISOString();
  const waiting = {
    kind: "stopped",
    unit: "a.service",
    path: null,
    since,
    state: "new",
    toldAt: null,
  } as const;
  time.record = { ...emptySyncRecord, drift: [waiting as unknown as DriftRecord] };
  await time.advance(1000);
  time.record = emptySyncRecord;
  await time.advance(10_000);
  expect(time.said).toEqual(["0: start", "2002: a.service"]);
  await time.end();
});

it("does not ask for the end of a grace while systemd does not answer", async () => {
  const time = new Timeline();
  const lookFailure = { code: "systemd-unreachable", message: "m", hint: null, details: [], since: "" };
  const waiting = {
    kind: "stopped",
    unit: "a.service",
    path: null,
    since: "",
    state: "new",
    toldAt: null,
  } as const;
  time.record = { ...emptySyncRecord, drift: [waiting as unknown as DriftRecord], lookFailure };
  await time.advance(10_000);
  expect(time.said).toEqual(["0: start"]);
  await time.end();
});
