/**
 * A clock that is a day ahead or behind when the agent works, and right again when it works next. The machine's own clock
 * cannot be set (it is the host's), so the agent is given another one than systemd has: the same difference between them.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { FaultJourney } from "../support/faults/fault-journey.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const dayMs = 86_400_000;

describeOnEachRoot("an agent and a clock that was set", (boot) => {
  let journey: FaultJourney;
  let effects: readonly string[];

  beforeAll(async () => {
    journey = await FaultJourney.begin(boot);
  });

  it("arrive without a disturbance", async () => {
    effects = (await journey.travel()).effects;
    await journey.travel();
  });

  describe.each([
    { what: "a day behind", agentClockMs: -dayMs },
    { what: "a day ahead", agentClockMs: dayMs },
  ])("$what", ({ agentClockMs }) => {
    it("arrive, and find nothing to do when it is right again", async () => {
      await journey.travel({ agentClockMs });
      await journey.travel();
    });

    it.each(["daemon-reload", "jobs restart"])("arrive after a kill behind %s", async (step) => {
      const at = effects.findLastIndex((effect) => effect.startsWith(step)) + 1;
      expect(at).toBeGreaterThan(0);
      await journey.travelKilled({ at, moment: "after", agentClockMs });
      await journey.hurry();
    });
  });
});
