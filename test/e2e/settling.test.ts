/** How the agent tells what became of the units that it started: those that work long, those that were not started, and
 *  those that it restarted just before it was killed. */
import { beforeAll, expect, it } from "vitest";
import type { History, HistoryEntry } from "../../src/core/model/history.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const health = (settle: string, timeout: string) =>
  `defaults: { health: { settle: ${settle}, timeout: ${timeout} } }\n`;
const impatient = health("300ms", "2s");

/** A oneshot that works until it is told how to end. */
function task(name: string, options: string): string {
  const script = `until [ -e /run/${name}.end ]; do sleep 0.05; done; exit $(cat /run/${name}.end)`;
  return `[Service]\nType=oneshot\n${options}ExecStart=/bin/sh -c '${script}'\n${enabled}`;
}

describeOnEachRoot("what became of the units of a sync", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({
      "units/web.service": sleeper(),
      "units/task.service": `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n${enabled}`,
      "gitops.yaml": impatient,
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  async function readHistory(): Promise<readonly HistoryEntry[]> {
    return (JSON.parse((await host.run("history", "--json")).stdout) as History).entries;
  }

  async function lastActionOf(unit: string) {
    return (await host.status()).units.find(({ name }) => name === unit)?.lastAction;
  }

  async function waitForAction(unit: string, action: string) {
    return host.machine.waitFor(`${unit} to be ${action}`, async () => {
      const last = await lastActionOf(unit);
      return last?.action === action ? last : undefined;
    });
  }

  it("a oneshot that works on when our patience ends is applied, and said to be at work until it has ended well", async () => {
    await host.deploy({
      "units/task.service": task("task", "RemainAfterExit=yes\nTimeoutStartSec=24h\n"),
      "units/long.service": task("long", ""),
    });
    const working = await host.machine.invocationIds(["task.service", "long.service"]);
    for (const unit of working.keys()) {
      expect(await host.machine.properties(unit, ["ActiveState", "SubState"])).toEqual({
        ActiveState: "activating",
        SubState: "start",
      });
    }
    expect(await lastActionOf("task.service")).toMatchObject({
      action: "restarting",
      because: expect.stringMatching(/; still running its start \(ExecStart=\) since 20/),
    });
    expect(await lastActionOf("long.service")).toMatchObject({ action: "starting" });
    expect(
      (await readHistory())
        .at(-1)
        ?.actions.map(({ unit, action }) => `${action} ${unit}`)
        .sort(),
    ).toEqual(["restarting task.service", "starting long.service"]);
    expect(await host.journal()).toMatch(
      /unit\.unfinished unit=long\.service message="still running its start/,
    );
    await host.machine.shell("echo 0 >/run/task.end; echo 0 >/run/long.end");
    await waitForAction("task.service", "finished");
    await waitForAction("long.service", "finished");
    expect(await host.machine.invocationIds(["task.service"])).toEqual(
      new Map([["task.service", working.get("task.service")]]),
    );
    expect(await host.activeState("task.service")).toBe("active");
    expect((await host.status()).sync.state).toBe("in-sync");
    expect(await host.journal()).toMatch(/unit\.finished unit=task\.service message=".*active \(exited\)"/);
  });

  it("a oneshot that fails after its sync makes the host degraded, and is not undone", async () => {
    await host.machine.shell("rm /run/task.end");
    const text = task("task", "RemainAfterExit=yes\nTimeoutStartSec=24h\nEnvironment=V=2\n");
    const { sync } = await host.deploy({
      "units/task.service": text,
      "units/behind.service": `[Unit]\nRequires=task.service\nAfter=task.service\n${sleeper()}`,
    });
    expect(await lastActionOf("behind.service")).toMatchObject({
      action: "starting",
      because: expect.stringContaining("waits for task.service, which is still running its start"),
    });
    await host.machine.shell("echo 7 >/run/task.end");
    const degraded = await host.machine.waitFor("the failure to be seen", async () => {
      const status = await host.status();
      return status.sync.failedUnits.length > 0 ? status : undefined;
    });
    expect(degraded.sync.state).toBe("degraded");
    expect(degraded.sync.applied).toEqual(sync.applied);
    expect(degraded.sync.failedUnits).toMatchObject([
      { unit: "task.service", message: "task.service failed (result exit-code, exit status 7)" },
      { unit: "behind.service", message: expect.stringContaining("was not started") },
    ]);
    expect(await host.machine.readFile("/etc/systemd/system/task.service")).toBe(text);
    expect((await readHistory()).at(-1)).toMatchObject({ outcome: "degraded", revision: sync.applied });
    await host.machine.shell("echo 0 >/run/task.end; systemctl restart task.service behind.service");
    expect((await host.run("sync")).exitCode).toBe(0);
    expect((await host.status()).sync.state).toBe("in-sync");
  });

  it("a unit whose condition is not met is not started, and neither failed nor undone", async () => {
    await host.machine.shell("touch /run/met");
    const condition = "[Unit]\nConditionPathExists=/run/met\n";
    const done = (version: number) =>
      `${condition}[Service]\nType=oneshot\nRemainAfterExit=yes\nEnvironment=V=${version}\nExecStart=/bin/true\n`;
    await host.deploy({
      "units/web.service": `${condition}${sleeper("Environment=V=1\n")}`,
      // Nobody mentions it: systemd forgets it as soon as it is down.
      "units/unwanted.service": done(1),
      "units/bound.service": `[Unit]\nPartOf=web.service\nConditionPathExists=/run/met\n[Service]\nExecStart=/bin/sleep infinity\n${enabled}`,
      "gitops.yaml": `units: { unwanted.service: { state: running, on-change: restart } }\n${impatient}`,
    });
    await host.machine.shell("rm /run/met");
    const { sync } = await host.deploy({
      "units/web.service": `${condition}${sleeper("Environment=V=2\n")}`,
      "units/unwanted.service": done(2),
    });
    const units = ["web.service", "unwanted.service", "bound.service"];
    const told = { action: "not started", because: "its condition ConditionPathExists=/run/met is not met" };
    for (const unit of units) {
      expect(await host.activeState(unit), unit).toBe("inactive");
      expect(await lastActionOf(unit), unit).toMatchObject(told);
      expect(await host.journal()).toContain(`unit.skipped unit=${unit} because="${told.because}"`);
    }
    const entry = (await readHistory()).at(-1);
    expect(entry).toMatchObject({ outcome: "applied", revision: sync.applied });
    expect(entry?.actions).toEqual(expect.arrayContaining(units.map((unit) => ({ unit, ...told }))));
    expect((await host.run("history")).stdout).toContain(`not started web.service: ${told.because}`);
    await host.deploy({ "units/unwanted.service": null, "gitops.yaml": impatient });
  });

  it("a unit whose assertion is not met fails, and the revision is undone", async () => {
    const status = await host.pushAndWait({
      "units/strict.service": `[Unit]\nAssertPathExists=/run/met\n${sleeper()}`,
    });
    expect(status.sync.rejection?.message).toContain(
      "strict.service was not started: its assertion AssertPathExists=/run/met is not met",
    );
    await host.deploy({ "units/strict.service": null });
  });

  it("a service that Restart= starts again within its settle time fails, however it ended and however long RestartSec= is", async () => {
    for (const options of [
      "Restart=always\nRestartSec=10min\n",
      "Type=exec\nRestart=always\nRestartSec=50ms\n",
    ]) {
      const status = await host.pushAndWait({
        "units/fickle.service": `[Service]\nExecStart=/bin/sleep 0.3\n${options}${enabled}`,
        "gitops.yaml": health("3s", "30s"),
      });
      expect(status.sync.rejection?.message, options).toMatch(
        /fickle\.service (ended, and systemd starts it again|did not stay up: it was started anew)/,
      );
      const entry = (await readHistory()).at(-1);
      expect(entry?.outcome).toBe("rolled-back");
      expect(
        entry?.actions.map(({ unit, action }) => `${action} ${unit}`),
        "there and back",
      ).toEqual(["started fickle.service", "stopped fickle.service"]);
    }
    await host.deploy({ "units/fickle.service": null, "gitops.yaml": impatient });
  });

  it("what was done before the agent was killed is in the history, once and with its reason", async () => {
    const { machine } = host;
    await machine.shell("touch /run/met; systemctl start web.service bound.service");
    const before = await machine.invocationIds(["web.service", "bound.service"]);
    const commit = await host.push({
      "units/web.service": sleeper("Environment=V=3\n"),
      "units/extra.service": sleeper(),
      "units/long.service": null,
      "gitops.yaml": health("10s", "30s"),
    });
    await machine.waitFor("web.service to be restarted", async () => {
      const now = await machine.invocationIds(["web.service", "bound.service"]);
      const isNew = [...now].every(([unit, id]) => id !== "" && id !== before.get(unit));
      return isNew && (await host.activeState("extra.service")) === "active";
    });
    const restarted = await machine.invocationIds(["web.service", "bound.service", "extra.service"]);
    const { MainPID = "" } = await machine.properties("gitops-agent.service", ["MainPID"]);
    await machine.check(["kill", "-KILL", MainPID]);
    const status = await host.waitUntilAttempted(commit);
    expect(status.sync.state).toBe("in-sync");
    expect(await machine.invocationIds([...restarted.keys()])).toEqual(restarted);
    const entries = (await readHistory()).filter(({ revision }) => revision.commit === commit);
    expect(entries.map(({ outcome }) => outcome)).toEqual(["applied"]);
    expect(entries[0]?.actions.map(({ unit, action }) => `${action} ${unit}`).sort()).toEqual([
      "restarted bound.service",
      "restarted web.service",
      "started extra.service",
    ]);
    expect(entries[0]?.actions.find(({ unit }) => unit === "web.service")?.because).toMatch(/Environment/);
    expect(await lastActionOf("web.service")).toMatchObject({ action: "restarted" });
  });
});
