/** An agent that is killed after any single step of an apply, and run again, ends where an undisturbed one does. */
import { beforeAll, expect, it } from "vitest";
import { describeOnEachRoot } from "../support/each-root.ts";
import { FaultJourney } from "../support/fault-journey.ts";

describeOnEachRoot("an agent killed at one step of an apply of all kinds of units", (boot) => {
  let journey: FaultJourney;
  beforeAll(async () => {
    journey = await FaultJourney.begin(boot);
  });

  it("forward and back, after every step", { timeout: 1_200_000 }, async () => {
    let killed = 0;
    await journey.travel();
    await journey.travel();
    for (let at = 1; ; at += 1) {
      const t = Date.now();
      const there = await journey.travelKilled({ at, moment: "after" });
      const back = await journey.travelKilled({ at, moment: "after" });
      console.log(at, Date.now() - t);
      killed += Number(there) + Number(back);
      if (!there && !back) break;
    }
    console.log({ killed });
    expect(killed).toBeGreaterThan(90);
  });
});
