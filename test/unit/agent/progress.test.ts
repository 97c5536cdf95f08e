/** When the agent counts as stuck, so that systemd starts it anew, and when it only waits. */
import { beforeEach, describe, expect, it } from "vitest";
import { Progress, patienceMs } from "../../../src/agent/progress.ts";
import type { SyncPorts } from "../../../src/agent/sync.ts";
import { watchPorts } from "../../../src/agent/watched-ports.ts";

let nowMs: number;
let progress: Progress;

beforeEach(() => {
  nowMs = 0;
  progress = new Progress(() => nowMs);
});

/** A promise that settles when the test says so. */
function makeWork() {
  let end: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}

describe("an agent", () => {
  it("is stuck when what it waits for takes far longer than it may", () => {
    void progress.during("source.fetch", 0, makeWork().promise);
    nowMs = patienceMs;
    expect(progress.findStuck()).toBeNull();
    nowMs = patienceMs + 1;
    expect(progress.findStuck()).toEqual({ what: "source.fetch", forMs: patienceMs + 1 });
  });

  it("is not stuck in a job that may take a day", () => {
    const dayMs = 24 * 3_600_000;
    void progress.during("manager.runJobs", dayMs, makeWork().promise);
    nowMs = dayMs;
    expect(progress.findStuck()).toBeNull();
    nowMs = dayMs + patienceMs + 1;
    expect(progress.findStuck()).not.toBeNull();
  });

  it("is not stuck as long as one thing after the other ends", async () => {
    for (let step = 0; step < 10; step += 1) {
      nowMs += patienceMs;
      await progress.during("files.write", 0, Promise.resolve());
      expect(progress.findStuck()).toBeNull();
    }
  });

  it("is not stuck while one of the things that it does at the same time may still take its time", () => {
    void progress.during("files.write", 0, makeWork().promise);
    void progress.during("manager.runJobs", 60_000, makeWork().promise);
    nowMs = patienceMs + 30_000;
    expect(progress.findStuck()).toBeNull();
  });

  it("is stuck when it begins nothing any more", async () => {
    await progress.during("files.write", 0, Promise.resolve());
    nowMs = patienceMs + 1;
    expect(progress.findStuck()).toEqual({ what: null, forMs: patienceMs + 1 });
  });

  it("gets on when what was overdue has failed", async () => {
    const failing = progress.during("source.fetch", 0, Promise.reject(new Error("no answer")));
    nowMs = patienceMs + 1;
    await expect(failing).rejects.toThrow("no answer");
    expect(progress.findStuck()).toBeNull();
  });
});

describe("the ports of an agent", () => {
  /** As the edges are: objects with private state. */
  class Manager {
    readonly #work = makeWork();
    runJobs(): Promise<void> {
      return this.#work.promise;
    }
    end(): void {
      this.#work.end();
    }
  }

  function watch(manager: Manager): SyncPorts {
    const empty = { source: {}, secrets: {}, files: {}, state: {}, history: {}, logs: {}, checks: {} };
    const clock = { now: () => 7, sleep: () => new Promise<void>(() => undefined) };
    const credentials = { place: "/run/x" };
    return watchPorts({ ...empty, clock, credentials, manager } as unknown as SyncPorts, progress);
  }

  it("count a call until it ends, with the time that it was given", async () => {
    const manager = new Manager();
    const call = watch(manager).manager.runJobs([], 3_600_000, new AbortController().signal);
    nowMs = 3_600_000 + patienceMs;
    expect(progress.findStuck()).toBeNull();
    nowMs += 1;
    expect(progress.findStuck()).toMatchObject({ what: "manager.runJobs" });
    manager.end();
    await call;
    expect(progress.findStuck()).toBeNull();
  });

  it("count a pause as long as it is meant to be", () => {
    void watch(new Manager()).clock.sleep(3_600_000, new AbortController().signal);
    nowMs = 3_600_000 + patienceMs;
    expect(progress.findStuck()).toBeNull();
  });

  it("are otherwise as they were", () => {
    const ports = watch(new Manager());
    expect(Reflect.get(ports.credentials, "place")).toBe("/run/x");
    expect(ports.clock.now()).toBe(7);
  });
});
