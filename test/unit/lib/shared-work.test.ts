import { describe, expect, it } from "vitest";
import { shareWork } from "../../../src/lib/shared-work.ts";

/** Runs that end when the test says so, numbered in the order in which they begin. */
function makeRuns() {
  const running: { end: () => void; fail: (error: Error) => void }[] = [];
  const run = () =>
    new Promise<number>((resolve, reject) => {
      const number = running.length + 1;
      running.push({ end: () => resolve(number), fail: reject });
    });
  return { running, run };
}

/** Lets everything happen that waits for nothing else. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("work that is shared", () => {
  it("is done once for all who ask before it begins", async () => {
    const { running, run } = makeRuns();
    const ask = shareWork(run);
    const answers = [ask(), ask(), ask()];
    await settle();
    running[0]?.end();
    expect(await Promise.all(answers)).toEqual([1, 1, 1]);
    expect(running).toHaveLength(1);
  });

  it("is done once more for all who ask while it is done, and never twice at once", async () => {
    const { running, run } = makeRuns();
    const ask = shareWork(run);
    const early = ask();
    await settle();
    const late = [ask(), ask()];
    await settle();
    expect(running).toHaveLength(1);
    running[0]?.end();
    expect(await early).toBe(1);
    await settle();
    expect(running).toHaveLength(2);
    running[1]?.end();
    expect(await Promise.all(late)).toEqual([2, 2]);
  });

  it("is done anew for who asks after it, even when nobody asked meanwhile", async () => {
    let runs = 0;
    const ask = shareWork(async () => ++runs);
    expect(await ask()).toBe(1);
    expect(await ask()).toBe(2);
  });

  it("fails for those who waited for it, and for nobody else", async () => {
    const { running, run } = makeRuns();
    const ask = shareWork(run);
    const failing = [ask(), ask()];
    await settle();
    const next = ask();
    running[0]?.fail(new Error("no bus"));
    await expect(failing[0]).rejects.toThrow("no bus");
    await expect(failing[1]).rejects.toThrow("no bus");
    await settle();
    running[1]?.end();
    expect(await next).toBe(2);
  });

  it("rests after a run in proportion to what that took", async () => {
    let begunMs = 0;
    let endedMs = 0;
    let restedMs = 0;
    const ask = shareWork(async () => {
      if (endedMs > 0) {
        restedMs = performance.now() - endedMs;
        return;
      }
      begunMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 30));
      endedMs = performance.now();
    }, 2);
    await ask();
    await ask();
    // Timers may fire a millisecond early.
    expect(restedMs).toBeGreaterThan((endedMs - begunMs) * 2 - 5);
  });
});
