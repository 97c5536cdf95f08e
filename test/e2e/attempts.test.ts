/** How attempts at revisions go when something comes between: a newer revision, or an upgrade. */
import { beforeAll, expect, it } from "vitest";
import type { History } from "../../src/core/model/history.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const recordPath = "/var/lib/gitops-agent/sync.json";
/** Longer than the whole test may take: what ends sooner was ended by something else. */
const patience = "defaults: { health: { settle: 250s, timeout: 300s } }\n";
const failing = `[Service]\nExecStart=/bin/sh -c 'until test -e /run/fail; do sleep 0.2; done; exit 7'\n${enabled}`;
const short = "defaults: { health: { settle: 300ms, timeout: 30s } }\n";

describeOnEachRoot("an attempt at a revision", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({
      "units/web.service": sleeper(),
      "units/other.service": sleeper(),
      "gitops.yaml": short,
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  async function waitForPhase(phase: string): Promise<void> {
    await host.machine.waitFor(
      `the attempt to be ${phase}`,
      async () => (await host.status()).sync.attempt?.phase === phase,
    );
  }

  async function history(): Promise<History["entries"]> {
    const { stdout } = await host.run("history", "--json");
    return (JSON.parse(stdout) as History).entries;
  }

  it("is ended by a fix that is pushed while its broken unit is still watched", async () => {
    const before = await host.invocationId("other.service");
    const broken = await host.push({
      "units/web.service": sleeper("Environment=BROKEN=1\n"),
      "gitops.yaml": patience,
    });
    await waitForPhase("settling");
    const fix = await host.push({
      "units/web.service": sleeper("Environment=FIX=1\n"),
      "gitops.yaml": short,
    });
    const status = await host.waitUntilAttempted(fix);
    expect(status.sync).toMatchObject({ state: "in-sync", applied: { commit: fix }, rejection: null });
    expect(status.sync.attempt).toMatchObject({ phase: "applied", cause: "push" });
    expect(await host.machine.properties("web.service", ["ActiveState", "Environment"])).toEqual({
      ActiveState: "active",
      Environment: "FIX=1",
    });
    expect(await host.invocationId("other.service")).toBe(before);
    const [left, arrived] = (await history()).slice(-2);
    expect(left).toMatchObject({ outcome: "superseded", revision: { commit: broken }, failure: null });
    expect(arrived).toMatchObject({ outcome: "applied", revision: { commit: fix } });
  });

  it("goes on while something is pushed that could not be applied, and is undone when its unit fails", async () => {
    const good = (await host.status()).sync.applied?.commit;
    await host.push({
      "units/web.service": failing,
      "gitops.yaml": patience,
    });
    await waitForPhase("settling");
    const invalid = await host.push({ "gitops.yaml": "unknown-key: 1\n" });
    await host.machine.waitFor("the agent to look at the push", async () => {
      const { stdout } = await host.machine.run([
        "git",
        "--git-dir",
        "/var/lib/gitops-agent/repository.git",
        "log",
        "--all",
        "--format=%H",
      ]);
      return stdout.includes(invalid);
    });
    expect((await host.status()).sync.attempt?.phase).toBe("settling");
    await host.machine.check(["touch", "/run/fail"]);
    const status = await host.waitUntilAttempted(invalid);
    expect(status.sync).toMatchObject({ state: "rejected", applied: { commit: good }, applying: null });
    const [undone, refused] = (await history()).slice(-2);
    expect([undone?.outcome, refused?.outcome]).toEqual(["rolled-back", "rejected"]);
    expect(await host.activeState("web.service")).toBe("active");
  });

  it("of an earlier version is known after an upgrade, which restarts nothing", async () => {
    const units = ["web.service", "other.service"];
    await host.deploy({ "units/web.service": sleeper("Environment=LAST=1\n"), "gitops.yaml": short });
    const before = {
      status: await host.status(),
      runs: await host.machine.invocationIds(units),
      history: await history(),
    };
    await host.machine.check(["systemctl", "stop", "gitops-agent.service"]);
    const {
      attempt,
      applied,
      stall: _,
      lookFailure: __,
      ...rest
    } = JSON.parse(await host.machine.readFile(recordPath));
    const earlier = {
      ...rest,
      ...applied,
      version: 1,
      attempted: attempt.revision,
      attemptedSigner: attempt.signedBy,
      rejection: null,
      returnFailure: null,
    };
    await host.machine.writeFile(recordPath, JSON.stringify(earlier), 0o600);
    await host.start();
    const status = await host.machine.waitFor("the round after the upgrade", async () => {
      const now = await host.status();
      return now.sync.attempt?.cause === "start" ? now : undefined;
    });
    expect(status.sync).toMatchObject({ state: "in-sync", applied: before.status.sync.applied });
    expect(status.units.map(({ lastAction }) => lastAction)).toEqual(
      before.status.units.map(({ lastAction }) => lastAction),
    );
    expect(await host.machine.invocationIds(units)).toEqual(before.runs);
    expect(await history()).toEqual(before.history);
    expect(await host.journal()).not.toContain("is started anew");
  });
});
