/** A person decides, and the agent is killed on the way: the decision is taken as a whole or not at all, and is not lost later. */
import { beforeAll, expect, it } from "vitest";
import type { Decision } from "../../src/core/model/sync-request.ts";
import { chooseKinds } from "../support/faults/choose-kills.ts";
import { FaultHost } from "../support/faults/fault-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const by = "alice";
const suspend: Decision = { kind: "suspend", by, because: null, until: null };
const resume: Decision = { kind: "resume", by };

describeOnEachRoot("an agent killed while it takes a decision", (boot, root) => {
  // What is taken does not depend on the version of systemd.
  const itOnce = it.runIf(root === "host" || process.env["CAMPAIGN"] === "1");
  let faults: FaultHost;
  let old: string;
  let back: Decision;

  beforeAll(async () => {
    faults = await FaultHost.boot(boot, ["web.service"]);
    old = await faults.host.push({ "units/web.service": sleeper("Environment=V=old\n") });
    await faults.resume();
    await faults.host.push({ "units/web.service": sleeper("Environment=V=new\n") });
    await faults.resume();
    back = { kind: "roll-back", by, because: null, commit: old, untilNext: false };
  });

  async function readVersion(): Promise<string | undefined> {
    return (await faults.machine.properties("web.service", ["Environment"]))["Environment"];
  }

  /** Runs the round with the decision, killed behind each chosen step; `expectTaken` is asked after the next run. */
  async function killBehindSteps(
    decision: Decision,
    expectTaken: (where: string, isTaken: boolean) => Promise<void>,
    undo: Decision,
  ): Promise<void> {
    const { effects } = await faults.runToEnd({ decisions: [decision] });
    const saved = effects.indexOf("save intent.json") + 1;
    expect(saved).toBeGreaterThan(0);
    await expectTaken("not killed", true);
    await faults.runToEnd({ decisions: [undo] });
    for (const at of new Set([saved, ...chooseKinds(effects)])) {
      const where = await faults.runUntilKilled({ at, moment: "after", decisions: [decision] });
      const { exitCode } = await faults.host.run("sync");
      expect([0, 1]).toContain(exitCode);
      await expectTaken(where ?? "not killed", at >= saved);
      await faults.runToEnd({ decisions: [undo] });
    }
  }

  itOnce("to suspend the host and to resume", { timeout: 600_000 }, async () => {
    const expectSuspended = async (where: string, isTaken: boolean) =>
      expect.soft((await faults.host.status()).sync.suspended !== null, where).toBe(isTaken);
    await killBehindSteps(suspend, expectSuspended, resume);
    await faults.runToEnd({ decisions: [suspend] });
    await killBehindSteps(resume, (where, isTaken) => expectSuspended(where, !isTaken), suspend);
    await faults.runToEnd({ decisions: [resume] });
  });

  itOnce("to go back, and forward again", { timeout: 600_000 }, async () => {
    const expectOld = async (where: string, isTaken: boolean) => {
      const { pinned, applied } = (await faults.host.status()).sync;
      expect.soft([pinned !== null, applied?.commit === old], where).toEqual([isTaken, isTaken]);
      expect.soft(await readVersion(), where).toBe(isTaken ? "V=old" : "V=new");
    };
    await killBehindSteps(back, expectOld, resume);
    await faults.runToEnd({ decisions: [back] });
    await killBehindSteps(resume, (where, isTaken) => expectOld(where, !isTaken), back);
  });

  itOnce("to approve a revision", { timeout: 600_000 }, async () => {
    await faults.runToEnd({ decisions: [resume] });
    await faults.machine.shell("echo 'confirm: true' >>/etc/gitops-agent/agent.yaml");
    const approveNext = async () => {
      version += 1;
      const commit = await faults.host.push({ "units/web.service": sleeper(`Environment=V=${version}\n`) });
      expect((await faults.host.run("sync")).exitCode).toBe(1);
      return [{ kind: "approve", by, commit } as const];
    };
    let version = 0;
    const { effects } = await faults.runToEnd({ decisions: await approveNext() });
    const saved = effects.indexOf("save intent.json") + 1;
    for (const at of new Set([saved, ...chooseKinds(effects)])) {
      const decisions = await approveNext();
      const where = await faults.runUntilKilled({ at, moment: "after", decisions });
      const isTaken = at >= saved;
      expect.soft((await faults.host.run("sync")).exitCode, where ?? "").toBe(isTaken ? 0 : 1);
      expect.soft(await readVersion(), where ?? "").toBe(`V=${isTaken ? version : version - 1}`);
    }
  });
});
