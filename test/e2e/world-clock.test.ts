/**
 * A clock that is a day ahead or behind when the agent works, and right again when it works next. The machine's own clock
 * cannot be set (it is the host's), so the agent is given another one than systemd has: the same difference between them.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { History } from "../../src/core/model/history.ts";
import { FaultJourney } from "../support/faults/fault-journey.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const dayMs = 86_400_000;

describeOnEachRoot("an agent and a clock that was set", (boot) => {
  let journey: FaultJourney;
  let effects: readonly string[];

  beforeAll(async () => {
    journey = await FaultJourney.begin(boot);
  });

  async function readHistory(): Promise<History["entries"]> {
    const { stdout } = await journey.host.run("history", "--json");
    return (JSON.parse(stdout) as History).entries;
  }

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

    it.each(["daemon-reload", "jobs restart"])(
      "arrive after a kill behind %s, and tell what was done",
      async (step) => {
        const at = effects.findLastIndex((effect) => effect.startsWith(step)) + 1;
        expect(at).toBeGreaterThan(0);
        const before = await readHistory();
        await journey.travelKilled({ at, moment: "after", agentClockMs });
        const actions = (await readHistory()).slice(before.length).flatMap((entry) => entry.actions);
        expect(actions.map(({ unit, action }) => `${action} ${unit}`)).toContain("restarted changed.service");
        await journey.hurry();
      },
    );
  });
});
