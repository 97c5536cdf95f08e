/** A revision that does not work, and an agent that is killed while it applies it or goes back: the host ends at the good one. */
import { beforeAll, describe, expect, it } from "vitest";
import { chooseKills } from "../support/faults/choose-kills.ts";
import { FaultHost } from "../support/faults/fault-host.ts";
import type { HostSnapshot } from "../support/faults/fault-snapshot.ts";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const units = ["web.service", "consumer.service", "stays.service", "removed.service", "added.service"];
const config = "defaults: { health: { settle: 0s, timeout: 30s } }\n";

describeOnEachRoot("an agent killed around a roll-back", (boot, root) => {
  let faults: FaultHost;
  let good: FixtureChanges;
  let bad: FixtureChanges;
  let arrived: HostSnapshot;
  let goodCommit: string;
  let badCommits = 0;
  let effects: readonly string[];

  beforeAll(async () => {
    faults = await FaultHost.boot(boot, units);
    const encrypt = (plaintext: string) => faults.host.encrypt(plaintext);
    good = {
      "gitops.yaml": config,
      "units/web.service": sleeper("Environment=V=good\n"),
      "units/stays.service": sleeper("Environment=V=good\n"),
      "units/removed.service": sleeper("Environment=V=good\n"),
      "units/consumer.service": sleeper("Environment=V=good\n"),
      "files/etc/faults/app": "good\n",
      "secrets/consumer.service/token.age": await encrypt("good"),
      "units/added.service": null,
    };
    bad = {
      "units/web.service": `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/false\n${enabled}`,
      "units/removed.service": null,
      "units/added.service": sleeper(),
      "files/etc/faults/app": "bad\n",
      "secrets/consumer.service/token.age": await encrypt("bad"),
    };
    goodCommit = await faults.host.push(good);
    await faults.resume();
    arrived = await faults.snapshot();
  });

  async function pushBad(): Promise<string> {
    badCommits += 1;
    return faults.host.push({ ...bad, "files/etc/faults/number": `${badCommits}\n` });
  }

  /** The good state, with the bad revision remembered as such, however often the agent is asked. */
  async function expectUndone(badCommit: string, where: string): Promise<void> {
    const found = await faults.snapshot();
    await faults.expectAtRest(found, where);
    expect.soft(found.files, where).toEqual(arrived.files);
    expect.soft(found.credentials, where).toEqual(arrived.credentials);
    expect.soft(found.units, where).toEqual(arrived.units);
    expect.soft(found.versions, where).toEqual(arrived.versions);
    expect.soft(found.invocations.get("stays.service"), where).toBe(arrived.invocations.get("stays.service"));
    const { sync, drift } = await faults.host.status();
    expect.soft(sync.applied?.commit, where).toBe(goodCommit);
    expect.soft(sync.attempted?.commit, where).toBe(badCommit);
    expect.soft(sync.rejection?.code, where).toBe("unhealthy");
    expect.soft(sync.failedUnits, where).toEqual([]);
    expect.soft(drift, where).toEqual([]);
    await faults.resume(3);
    expect
      .soft(await faults.machine.invocationIds(units), `${where}: tried again`)
      .toEqual(found.invocations);
  }

  it("goes back when nobody kills it", async () => {
    const commit = await pushBad();
    const run = await faults.runToEnd();
    effects = run.effects;
    expect(run.outcome).toBe("failed");
    expect(effects.filter((effect) => effect === "daemon-reload")).toHaveLength(2);
    await expectUndone(commit, "undisturbed");
  });

  // What there is to be seen does not depend on the version of systemd, and every kill is a whole apply and roll-back.
  describe.runIf(root !== "host")("at a step", () => {
    it("goes back all the same, and does not try again", { timeout: 900_000 }, async () => {
      for (const at of chooseKills(effects, 0)) {
        const commit = await pushBad();
        const where = await faults.runUntilKilled({ at, moment: "after" });
        await faults.resume(3);
        await expectUndone(commit, where ?? "not killed");
      }
    });
  });

  it("does not take the bad revision for a new one after a way back without the repository", async () => {
    const { machine } = faults;
    const commit = await pushBad();
    const secondReload = effects.lastIndexOf("daemon-reload") + 1;
    await faults.runUntilKilled({ at: secondReload, moment: "after" });
    await machine.check(["mv", repositoryPath, `${repositoryPath}.away`]);
    await faults.resume(3);
    expect(await faults.host.activeState("web.service")).toBe("active");
    await machine.check(["mv", `${repositoryPath}.away`, repositoryPath]);
    await faults.resume(3);
    await expectUndone(commit, "without the repository");
  });

  it("completes what it had begun when the next push is one that must be refused", async () => {
    await faults.host.push({ ...good, "files/etc/faults/number": null });
    await faults.resume();
    await faults.host.push({
      "units/web.service": sleeper("Environment=V=next\n"),
      "units/second.service": sleeper(),
    });
    await faults.runUntilKilled({ at: 2, moment: "after" });
    await faults.host.push({ "gitops.yaml": "units: [broken\n" });
    await faults.resume(3);
    const { sync } = await faults.host.status();
    expect(sync.rejection?.code).toBe("repository-invalid");
    expect((await faults.snapshot()).versions.get("web.service")).toBe("next");
    expect(await faults.host.activeState("second.service")).toBe("active");
  });
});
