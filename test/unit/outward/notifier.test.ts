/** When the notifier looks and sends: after events, in groups, once, and over restarts and failures of the other side. */
import { expect, it } from "vitest";
import { type AlertRecord, alertClasses, emptyAlertRecord } from "../../../src/core/model/alert.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import type { ChannelSettings } from "../../../src/core/model/notify-settings.ts";
import type { Status } from "../../../src/core/model/status.ts";
import type { Clock } from "../../../src/core/ports/run.ts";
import { Notifier } from "../../../src/outward/notify/notifier.ts";
import type { Answered, Outgoing } from "../../../src/outward/notify/transport.ts";
import { inSync } from "../../support/values/status-fixture.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

/** A clock that stands still until the test moves it. What it shows can be set, which no sleep notices. */
class VirtualClock implements Clock {
  #shownMs = Date.parse("2025-03-01T21:00:00.000Z");
  #passedMs = 0;
  readonly #sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();

  now(): number {
    return this.#shownMs + this.#passedMs;
  }

  set(byMs: number): void {
    this.#shownMs += byMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { untilMs: this.#passedMs + ms, wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", wake);
    });
  }

  /** Lets time pass; whatever becomes due happens at its moment. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#passedMs + ms;
    for (;;) {
      await settle();
      const [due] = [...this.#sleepers].sort((one, other) => one.untilMs - other.untilMs);
      if (due === undefined || due.untilMs > endMs) break;
      this.#passedMs = due.untilMs;
      due.wake();
    }
    this.#passedMs = endMs;
    await settle();
  }
}

/** Everything that needs no time has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function failing(...units: readonly string[]): Status {
  const drift = units.map((unit) => ({
    key: `failed ${unit}`,
    kind: "failed" as const,
    unit,
    path: null,
    message: `${unit} failed`,
    since: "2025-03-01T20:59:00.000Z",
    policy: "report" as const,
    state: "told" as const,
    toldAt: "2025-03-01T20:59:00.000Z",
  }));
  return { ...inSync, drift };
}

const settings: ChannelSettings = {
  name: "chat",
  on: [...alertClasses, "recovered"],
  units: null,
  repeatMs: null,
  maxPerHour: 20,
  way: { kind: "command", run: ["/bin/true"], input: "json", timeoutMs: 1_000 },
};

const event: AgentEvent = { type: "host.resumed", by: null, because: null };

/** A host with one channel. What is on the disk outlives the notifier, as it does the agent. */
class Host {
  readonly clock = new VirtualClock();
  readonly sent: Outgoing[] = [];
  /** The id of each message at each try. */
  readonly tries: string[] = [];
  readonly told: AgentEvent[] = [];
  status: Status = inSync;
  reads = 0;
  saves = 0;
  answer: () => Promise<Answered> = async () => ({ outcome: "sent", answer: "ok" });
  #saved: AlertRecord = emptyAlertRecord;
  notifier = this.#make();

  #make(): Notifier {
    return new Notifier({
      host: "media-1",
      channels: [
        {
          settings,
          transport: {
            checkSecrets: async () => undefined,
            send: async (outgoing) => {
              this.tries.push(outgoing.id);
              const answered = await this.answer();
              this.sent.push(outgoing);
              return answered;
            },
          },
        },
      ],
      openStore: () => ({
        load: async () => this.#saved,
        save: async (record) => {
          this.saves += 1;
          this.#saved = record;
        },
      }),
      clock: this.clock,
      random: () => 0.5,
      nameCommands: (text) => text,
    });
  }

  async start(): Promise<void> {
    this.notifier = this.#make();
    await this.notifier.start({
      readStatus: async () => {
        this.reads += 1;
        return this.status;
      },
      readOthers: async () => [],
      hintPush: () => undefined,
      tell: (told) => this.told.push(told),
    });
  }

  /** As a kill does: nothing is ended in order. */
  abandon(): void {
    this.answer = () => new Promise(() => undefined);
  }

  get titles(): readonly string[] {
    return this.sent.map(({ title }) => title);
  }
}

async function startHost(): Promise<Host> {
  const host = new Host();
  await host.start();
  return host;
}

it("sends one message for all that begins within ten seconds, and one when it is over", async () => {
  const host = await startHost();
  await host.clock.advance(minuteMs);
  host.status = failing("web.service");
  host.notifier.emit(event);
  await host.clock.advance(5 * secondMs);
  expect(host.titles).toEqual([]);
  host.status = failing("web.service", "db.service");
  host.notifier.emit(event);
  await host.clock.advance(5 * secondMs);
  expect(host.titles).toEqual(["media-1: 2 alerts: 2 new"]);
  expect(host.sent[0]?.text).toContain("run: gitops-agent status db.service");
  host.status = failing("web.service");
  host.notifier.emit(event);
  await host.clock.advance(10 * secondMs);
  expect(host.titles[1]).toBe("media-1: over: db.service does not work");
});

it("waits for what follows also right after a message, and when it would have looked just then", async () => {
  const host = await startHost();
  host.status = failing("web.service");
  await host.clock.advance(10 * secondMs);
  expect(host.titles).toHaveLength(1);
  await host.clock.advance(9 * secondMs);
  host.status = failing("web.service", "db.service");
  host.notifier.emit(event);
  await host.clock.advance(5 * secondMs);
  host.status = failing("web.service", "db.service", "api.service");
  await host.clock.advance(5 * secondMs);
  expect(host.titles.slice(1)).toEqual(["media-1: 2 alerts: 2 new"]);
});

it("waits for the end of what goes on for longer, but not for more than half a minute", async () => {
  const host = await startHost();
  await host.clock.advance(minuteMs);
  for (let second = 0; second < 15; second += 1) {
    host.status = failing(...Array.from({ length: second + 1 }, (_, at) => `u${at}.service`));
    host.notifier.emit(event);
    await host.clock.advance(secondMs);
  }
  await host.clock.advance(secondMs);
  expect(host.titles).toEqual(["media-1: 15 alerts: 15 new"]);
  host.status = inSync;
  for (let second = 0; second < 40; second += 1) {
    host.notifier.emit(event);
    await host.clock.advance(secondMs);
  }
  expect(host.titles).toHaveLength(2);
});

it("finds out without an event what begins, within five minutes", async () => {
  const host = await startHost();
  await host.clock.advance(minuteMs);
  host.status = failing("web.service");
  await host.clock.advance(5 * minuteMs);
  expect(host.titles).toEqual(["media-1: web.service does not work"]);
});

it("reads the status once for a thousand events, and sends nothing for what is over before it looks", async () => {
  const host = await startHost();
  await host.clock.advance(minuteMs);
  const before = host.reads;
  host.status = failing("web.service");
  for (let count = 0; count < 1_000; count += 1) host.notifier.emit(event);
  host.status = inSync;
  await host.clock.advance(minuteMs);
  expect([host.reads - before, host.titles]).toEqual([1, []]);
});

it("says nothing twice after a restart, and no end is lost", async () => {
  const host = await startHost();
  host.status = failing("web.service");
  await host.clock.advance(minuteMs);
  expect(host.titles).toHaveLength(1);
  await host.notifier.close();
  await host.start();
  await host.clock.advance(minuteMs);
  expect(host.titles).toHaveLength(1);
  await host.notifier.close();
  host.status = inSync;
  await host.start();
  await host.clock.advance(minuteMs);
  expect(host.titles.slice(1)).toEqual(["media-1: over: web.service does not work"]);
});

it("sends again after a kill what may not have arrived, under the same id", async () => {
  const host = await startHost();
  host.status = failing("web.service");
  host.answer = async () => {
    throw new Error("connection refused");
  };
  await host.clock.advance(minuteMs);
  expect(host.saves).toBe(0);
  host.abandon();
  await host.clock.advance(minuteMs);
  host.answer = async () => ({ outcome: "sent", answer: "ok" });
  await host.start();
  await host.clock.advance(minuteMs);
  await host.notifier.close();
  expect(host.tries.length).toBeGreaterThan(2);
  expect(new Set(host.tries).size).toBe(1);
});

it("piles up nothing while the other side is away: then come what it missed, and what is so now", async () => {
  const host = await startHost();
  let isAway = true;
  host.answer = async () => {
    if (isAway) throw new Error("cannot reach chat.example.org: ECONNREFUSED");
    return { outcome: "sent", answer: "ok" };
  };
  host.status = failing("web.service");
  await host.clock.advance(minuteMs);
  for (let change = 0; change < 50; change += 1) {
    host.status = change % 2 === 0 ? inSync : failing("db.service");
    host.notifier.emit(event);
    await host.clock.advance(minuteMs);
  }
  isAway = false;
  await host.clock.advance(6 * minuteMs);
  expect(host.titles).toEqual(["media-1: web.service does not work", "media-1: 2 alerts: 1 new, 1 over"]);
  expect(host.told).toEqual([
    {
      type: "sink.failed",
      sink: "notify chat",
      reason: "cannot reach chat.example.org: ECONNREFUSED",
    },
    { type: "sink.recovered", sink: "notify chat", lost: 0 },
  ]);
});

it("does not send again what was refused, and reports it", async () => {
  const host = await startHost();
  host.status = failing("web.service");
  host.answer = async () => ({ outcome: "refused", reason: "HTTP 400" });
  await host.clock.advance(30 * minuteMs);
  expect(host.sent).toHaveLength(1);
  expect(host.told).toEqual([{ type: "sink.failed", sink: "notify chat", reason: "HTTP 400" }]);
});

it("goes on when the clock is set back by a day", async () => {
  const host = await startHost();
  await host.clock.advance(minuteMs);
  host.clock.set(-24 * 60 * minuteMs);
  host.status = failing("web.service");
  await host.clock.advance(10 * minuteMs);
  expect(host.titles).toEqual(["media-1: web.service does not work"]);
});
