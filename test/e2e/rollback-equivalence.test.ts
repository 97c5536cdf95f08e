/**
 * Whatever a bad commit does, the rollback leaves the host as it was: files, modes, enablement, and what runs, over a host that
 * is partly git's and partly made by hand. ROLLBACK_SEED=… repeats a run; CAMPAIGN=1 makes it long.
 */
import { beforeAll, expect, it } from "vitest";
import { Random } from "../support/differential/random.ts";
import { FaultHost } from "../support/faults/fault-host.ts";
import type { HostSnapshot } from "../support/faults/fault-snapshot.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { type BadCommit, goodCommit, makeBadCommit } from "../support/rollback/rollback-commits.ts";
import {
  arrangeBesideGit,
  arrangeHandMade,
  campaignUnits,
  interfere,
  startByHand,
  type Tree,
} from "../support/rollback/rollback-host.ts";
import { chooseSeed } from "../support/values/seed.ts";

const isCampaign = process.env["CAMPAIGN"] === "1";
const seed = chooseSeed("ROLLBACK_SEED", 20_260_901);
/** The long one repeats on the host's own root, where a commit takes two seconds. */
const commits = Number(process.env["ROLLBACK_COMMITS"] ?? (isCampaign ? 400 : 36));
const killedShare = 0.35;
const maxKillMs = 1500;

describeOnEachRoot(`a host and bad commits, ROLLBACK_SEED=${seed}`, (boot, root) => {
  const count = root === "host" || isCampaign ? commits : commits / 3;
  let faults: FaultHost;
  let pushed: Tree = goodCommit;

  beforeAll(async () => {
    faults = await FaultHost.boot(boot, campaignUnits);
    await arrangeHandMade(faults.machine);
    const secret = { "secrets/g-other.service/token.age": await faults.host.encrypt("good") };
    await faults.host.push({ ...goodCommit, ...secret });
    await faults.resume();
    await arrangeBesideGit(faults.machine);
  });

  /** The good tree with the changes of the commit, whatever was pushed before it. */
  async function push({ tree }: BadCommit): Promise<void> {
    const wanted: Tree = { ...goodCommit, ...tree };
    const gone = Object.fromEntries(Object.keys(pushed).map((path) => [path, null]));
    await faults.host.push({ ...gone, ...wanted });
    pushed = wanted;
  }

  /** @returns how often the agent was killed on the way */
  async function applyBad(random: Random): Promise<number> {
    let kills = 0;
    while (random.chance(killedShare)) {
      if (await faults.syncUntilKilled(100 + random.below(maxKillMs))) kills += 1;
    }
    await faults.resume(3);
    return kills;
  }

  async function expectAsBefore(before: HostSnapshot, commit: BadCommit, where: string): Promise<void> {
    const after = await faults.snapshot();
    expect.soft(after.files, `${where}: files`).toEqual(before.files);
    expect.soft(after.units, `${where}: units`).toEqual(before.units);
    expect.soft(after.versions, `${where}: processes`).toEqual(before.versions);
    const spared = (snapshot: HostSnapshot) =>
      new Map([...snapshot.invocations].filter(([unit]) => !commit.interrupts.has(unit)));
    expect.soft(spared(after), `${where}: interrupted`).toEqual(spared(before));
    await faults.expectAtRest(after, where);
    expect.soft((await faults.host.status()).sync.rejection?.code, where).toBe("unhealthy");
  }

  it(`is after each of ${count} as it was before`, { timeout: 3_600_000 }, async () => {
    for (let number = 1; number <= count; number += 1) {
      // Each has a seed of its own, so that one alone can be made again.
      const random = new Random(seed + number);
      const done = random.chance(0.4) ? await interfere(faults.machine, random) : "nothing by hand";
      await startByHand(faults.machine);
      const commit = makeBadCommit(random, number);
      const before = await faults.snapshot();
      await push(commit);
      const kills = await applyBad(random);
      await expectAsBefore(before, commit, `${seed + number} (${kills} kills; ${done}): ${commit.name}`);
    }
  });
});
