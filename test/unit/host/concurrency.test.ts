import { describe, expect, test } from "vitest";
import { mapConcurrently } from "../../../src/lib/concurrency.ts";

describe("bounded concurrency", () => {
  test("results keep the order of the items, and never more than the limit run at once", async () => {
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 40 }, (_, index) => index);
    const results = await mapConcurrently(items, 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < (item % 4) + 1; turn += 1) await Promise.resolve();
      running -= 1;
      return item * 2;
    });
    expect(results).toEqual(items.map((item) => item * 2));
    expect(most).toBe(3);
  });

  test("after a failure nothing new begins and nothing is left running", async () => {
    let begun = 0;
    let running = 0;
    const work = async (item: number) => {
      begun += 1;
      running += 1;
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (item === 1) throw new Error("one");
    };
    await expect(mapConcurrently([0, 1, 2, 3, 4, 5, 6, 7], 2, work)).rejects.toThrow("one");
    expect(running).toBe(0);
    expect(begun).toBeLessThan(8);
  });
});
