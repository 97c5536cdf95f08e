/** An agent that is killed at a step of an apply, and run again, ends where an undisturbed one does. */
import { beforeAll, expect, it } from "vitest";
import { chooseKills } from "../support/faults/choose-kills.ts";
import { FaultJourney } from "../support/faults/fault-journey.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const testTimeoutMs = 1_800_000;

describeOnEachRoot("an agent killed in an apply that touches all kinds of units", (boot, root) => {
  let journey: FaultJourney;
  let there: readonly string[];
  let back: readonly string[];
  const half = root === "host" ? 0 : 1;

  beforeAll(async () => {
    journey = await FaultJourney.begin(boot);
  });

  it("arrives when nobody kills it, and has much to do", async () => {
    there = (await journey.travel()).effects;
    back = (await journey.travel()).effects;
    for (const effects of [there, back]) {
      expect(effects.length).toBeGreaterThan(40);
      for (const kind of ["write /etc", "remove /etc", "write credentials", "jobs stop", "jobs restart"]) {
        expect(effects.filter((effect) => effect.startsWith(kind))).not.toEqual([]);
      }
    }
  });

  it("arrives after a kill behind a step, there and back", { timeout: testTimeoutMs }, async () => {
    const [onTheWay, onTheWayBack] = [chooseKills(there, half), chooseKills(back, half)];
    for (let kill = 0; kill < Math.max(onTheWay.length, onTheWayBack.length); kill += 1) {
      for (const at of [onTheWay[kill], onTheWayBack[kill]]) {
        if (at === undefined) await journey.hurry();
        else await journey.travelKilled({ at, moment: "after" });
      }
    }
  });

  it("arrives after a kill in the middle of a step of each kind", { timeout: testTimeoutMs }, async () => {
    const killWithin = async (effects: readonly string[], kind: string) => {
      const at = effects.findIndex((effect) => effect.startsWith(kind)) + 1;
      expect(at, kind).toBeGreaterThan(0);
      await journey.travelKilled({ at, moment: "within" });
    };
    for (const [onTheWay, onTheWayBack] of [
      ["write credentials", "activate credentials"],
      ["save inventory.json", "save sync.json"],
      ["write /etc/systemd/system/changed.service", "write /etc/faults/environment"],
      ["write /etc/systemd/system/app.target.wants/", "jobs restart"],
      ["jobs stop old.timer", "write /etc/systemd/system/old.timer"],
    ] as const) {
      await killWithin(there, onTheWay);
      await killWithin(back, onTheWayBack);
    }
  });

  it("leaves nothing of a file that it was just writing when the push is taken back", async () => {
    const file = "write /etc/faults/tools/tool";
    await journey.departInVain();
    expect(await journey.faults.runUntilKilled({ at: there.indexOf(file) + 1, moment: "within" })).toContain(
      file,
    );
    await journey.turnBack();
    await journey.faults.resume();
    await journey.arrive("turned back");
  });

  it("undoes what no invocation tells of, a remount, when the push is taken back", async () => {
    const at = 1 + there.findIndex((effect) => effect.includes("reload srv-cache.mount"));
    await journey.departInVain();
    expect(await journey.faults.runUntilKilled({ at, moment: "after" })).toContain("reload srv-cache.mount");
    await journey.turnBack();
    await journey.faults.resume();
    await journey.arrive("turned back");
  });
});
