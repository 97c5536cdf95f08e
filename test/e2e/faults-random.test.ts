/** The real agent, killed at random moments, also while it mends what it left at the kill before; and power that fails. */
import { beforeAll, expect, it } from "vitest";
import { Random } from "../support/differential/random.ts";
import { FaultJourney } from "../support/faults/fault-journey.ts";
import { crashService } from "../support/faults/fault-states.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { chooseSeed } from "../support/values/seed.ts";

const isCampaign = process.env["CAMPAIGN"] === "1";
const kills = isCampaign ? 55 : 30;
const killsPerTrip = 5;
const powerFailures = isCampaign ? 6 : 4;
/** FAULTS_SEED=… repeats a run, as far as a machine's speed can be repeated. */
const seed = chooseSeed("FAULTS_SEED", 846_211);

describeOnEachRoot(`an agent killed at random moments, FAULTS_SEED=${seed}`, (boot) => {
  let journey: FaultJourney;
  let durationMs: number;
  const random = new Random(seed);
  /** Before a fifth of the time nothing is done yet but to load the program. */
  const chooseMoment = () => Math.round(durationMs * (0.2 + 0.8 * (random.below(1000) / 1000)));

  beforeAll(async () => {
    journey = await FaultJourney.begin(boot);
  });

  it("arrives when nobody kills it", async () => {
    await journey.travel();
    await journey.travel();
    await journey.depart();
    const startMs = performance.now();
    await journey.faults.resume();
    durationMs = performance.now() - startMs;
    await journey.arrive("undisturbed");
  });

  it(`arrives after ${kills} kills, also when the push was taken back meanwhile`, {
    timeout: 900_000,
  }, async () => {
    let killed = 0;
    while (killed < kills) {
      const moments: number[] = [];
      const isTurned = random.chance(0.3);
      if (isTurned) await journey.departInVain();
      else await journey.depart();
      for (let left = 1 + random.below(killsPerTrip); left > 0; left -= 1) {
        const afterMs = chooseMoment();
        if (await journey.faults.syncUntilKilled(afterMs)) moments.push(afterMs);
      }
      killed += moments.length;
      await crashService(journey.host);
      if (isTurned) await journey.turnBack();
      await journey.faults.resume();
      await journey.arrive(`killed after ${moments.join(", ")} ms${isTurned ? ", and turned back" : ""}`);
    }
    expect(killed).toBeGreaterThanOrEqual(kills);
  });

  it(`arrives after ${powerFailures} power failures`, { timeout: 600_000 }, async () => {
    const { machine } = journey.faults;
    for (let failure = 1; failure <= powerFailures; failure += 1) {
      await journey.depart();
      const afterMs = chooseMoment();
      const isDaemonEnabled = failure % 2 === 1;
      await machine.check(["systemctl", isDaemonEnabled ? "enable" : "disable", "gitops-agent.service"]);
      await journey.failPower(afterMs);
      if (isDaemonEnabled) {
        expect((await journey.host.waitUntilAttempted(journey.destination)).sync.state).toBe("in-sync");
        await machine.check(["systemctl", "stop", "gitops-agent.service"]);
      } else await journey.faults.resume();
      await journey.arrive(
        `power failed after ${afterMs} ms, daemon ${isDaemonEnabled ? "enabled" : "disabled"}`,
      );
    }
  });
});
