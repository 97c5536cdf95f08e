/**
 * The headline is the truth about the host: whatever is not in sync has a word of its own in the text, in `--json`, in the
 * exit code, in what `systemctl status gitops-agent` shows, and in the journal, once.
 */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { HeadlineReader, rowOf } from "../support/hosts/headline-reader.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const units = {
  "units/web.service": sleeper("ExecReload=/bin/true\nStartLimitIntervalSec=0\n"),
  "units/job.timer": `[Timer]\nOnCalendar=yearly\n[Install]\nWantedBy=timers.target\n`,
  "units/job.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  "units/limited.service": `[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst=2\n${sleeper("Restart=always\n")}`,
};

describeOnEachRoot("the headline", (boot) => {
  let host: AgentHost;
  let headline: HeadlineReader;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "5s" });
    headline = new HeadlineReader(host);
    await host.push(units);
    await host.start();
    await headline.waitForState("in-sync");
  });

  it("is in sync while every expected unit runs", async () => {
    const { text, exitCode, statusText } = await headline.look();
    expect(text).toContain("● in sync");
    expect(exitCode).toBe(0);
    expect(statusText).toMatch(/^in sync with main@[0-9a-f]{7}$/);
    expect(await headline.journalLines("drift.detected")).toEqual([]);
  });

  it("is degraded by a unit that was stopped by hand, told once, and once when it is over", async () => {
    await host.machine.check(["systemctl", "stop", "web.service"]);
    const said = "web.service was stopped, and is expected to run";
    const found = await headline.waitForDegraded("stopped", said);
    expect(found.exitCode).toBe(3);
    expect(found.text).toContain("✖ degraded");
    expect(found.text).toContain(said);
    expect(rowOf(found.text, "web.service")).toContain("✖ stopped");
    await headline.expectToldOnce("drift.detected", "web.service", "stopped");
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await headline.waitForDegraded("stopped", said);
    await headline.expectToldOnce("drift.detected", "web.service", "stopped");
    await host.machine.check(["systemctl", "start", "web.service"]);
    expect((await headline.waitForState("in-sync")).exitCode).toBe(0);
    await headline.expectToldOnce("drift.resolved", "web.service", "stopped");
  });

  it("is degraded by a timer that was stopped", async () => {
    await host.machine.check(["systemctl", "stop", "job.timer"]);
    const found = await headline.waitForDegraded("stopped", "job.timer was stopped");
    expect(found.exitCode).toBe(3);
    expect(rowOf(found.text, "job.timer")).toContain("✖ stopped");
    await headline.expectToldOnce("drift.detected", "job.timer");
    await host.machine.check(["systemctl", "start", "job.timer"]);
    await headline.waitForState("in-sync");
    await headline.expectToldOnce("drift.resolved", "job.timer");
  });

  it("is degraded by a unit that was killed until systemd gave up", async () => {
    const { machine } = host;
    await machine.waitFor("limited.service to fail", async () => {
      await machine.run(["systemctl", "kill", "--signal=KILL", "limited.service"]);
      return (await host.activeState("limited.service")) === "failed";
    });
    const found = await headline.waitForDegraded("failed", "limited.service failed (killed by signal 9)");
    expect(found.exitCode).toBe(3);
    expect(rowOf(found.text, "limited.service")).toContain("✖ failed (signal 9)");
    await headline.expectToldOnce(
      "drift.detected",
      "limited.service",
      "start-limit",
      "limited.service failed",
    );
    await machine.check(["systemctl", "reset-failed", "limited.service"]);
    await machine.check(["systemctl", "start", "limited.service"]);
    await headline.waitForState("in-sync");
    await headline.expectToldOnce("drift.resolved", "limited.service", "start-limit");
  });

  it("says that a watchdog killed a service, once, and does not call one restart a loop", async () => {
    const hang =
      "[ -e /run/hang ] && { rm /run/hang; sleep infinity; }; systemd-notify WATCHDOG=1; sleep 0.3";
    const body = `Type=notify\nNotifyAccess=all\nWatchdogSec=3\nRestart=always\nExecStart=\nExecStart=/bin/sh -c 'systemd-notify --ready; while :; do ${hang}; done'\n`;
    await host.deploy({ "units/dog.service": sleeper(body) });
    await host.machine.writeFile("/run/hang", "");
    await headline.waitForLook("the restart to be noticed, in the text and in JSON", ({ text, status }) => {
      const word = status.units.find(({ name }) => name === "dog.service")?.finding?.word;
      const said = "was restarted by systemd (killed by its watchdog)";
      return word === "crashed" && rowOf(text, "dog.service").includes(said);
    });
    await headline.expectToldOnce("drift.detected", "dog.service", "watchdog");
    const warned = await host.machine.journal({
      unit: "gitops-agent.service",
      grep: "dog.service",
      priority: "notice",
    });
    expect(warned).toContain("killed by its watchdog");
    expect((await headline.waitForState("in-sync")).exitCode).toBe(0);
    await host.deploy({ "units/dog.service": null });
  });

  it("is degraded by a service that dies soon after each start", async () => {
    const body =
      "Restart=always\nExecStart=\nExecStart=/bin/sh -c '[ ! -e /run/die ] || { sleep 2; exit 7; }; exec sleep infinity'\n";
    // Without a limit of starts, or systemd would give up after some.
    const unlimited = `[Unit]\nStartLimitIntervalSec=0\n${sleeper(body)}`;
    await host.deploy({ "units/dying.service": unlimited });
    await host.machine.writeFile("/run/die", "");
    await host.machine.check(["systemctl", "restart", "dying.service"]);
    const said = "dying.service is restarted by systemd again and again (exit status 7)";
    const found = await headline.waitForDegraded("looping", said);
    expect(found.exitCode).toBe(3);
    expect(found.text).toContain("✖ degraded");
    expect(rowOf(found.text, "dying.service")).toContain("✖ looping");
    expect(found.status.units.find(({ name }) => name === "dying.service")?.restarts).toBeGreaterThan(2);
    await headline.expectToldOnce("drift.detected", "dying.service", "looping");
    await host.machine.check(["rm", "/run/die"]);
    await host.machine.check(["systemctl", "restart", "dying.service"]);
    expect((await headline.waitForState("in-sync")).exitCode).toBe(0);
    await headline.expectToldOnce("drift.resolved", "dying.service", "looping");
    await host.deploy({ "units/dying.service": null });
  });

  it("shows since when a unit runs and why, whatever was reloaded or restarted by hand since", async () => {
    const enter = async () =>
      Number(
        (
          await host.machine.check([
            "busctl",
            "get-property",
            "--json=short",
            "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1/unit/web_2eservice",
            "org.freedesktop.systemd1.Unit",
            "ActiveEnterTimestamp",
          ])
        ).replace(/\D+(\d+)\D*/, "$1"),
      );
    const rowNow = async () => (await host.status()).units.find(({ name }) => name === "web.service");
    await host.deploy({ "units/web.service": sleeper("ExecReload=/bin/true\nEnvironment=V=2\n") });
    expect(rowOf((await headline.look()).text, "web.service")).toContain("restarted: Environment=");
    const before = await enter();
    await host.machine.check(["systemctl", "reload", "web.service"]);
    expect(await enter()).toBe(before);
    expect((await rowNow())?.since).toBe(new Date(before / 1000).toISOString());
    await host.machine.check(["systemctl", "restart", "web.service"]);
    expect((await rowNow())?.since).toBe(new Date((await enter()) / 1000).toISOString());
    expect(rowOf((await headline.look()).text, "web.service")).not.toContain("restarted:");
  });

  it("says that a condition is not met, and that is no trouble", async () => {
    await host.deploy({
      "units/cond.service": `[Unit]\nConditionPathExists=/nonexistent\n${sleeper()}`,
      "units/once.service": `[Service]\nType=oneshot\nExecStart=/bin/true\n${enabled}`,
      "units/brief.service": `[Service]\nExecStart=/bin/true\n${enabled}`,
    });
    const found = await headline.waitForState("in-sync");
    expect(found.exitCode).toBe(0);
    expect(rowOf(found.text, "cond.service")).toContain("condition not met");
    expect(rowOf(found.text, "cond.service")).not.toContain("started");
    expect(rowOf(found.text, "brief.service")).toContain("ended by itself");
    await host.run("sync");
    expect(await headline.journalLines("drift.detected", "cond.service")).toEqual([]);
    await host.deploy({
      "units/cond.service": null,
      "units/once.service": null,
      "units/brief.service": null,
    });
  });

  it("is drifted by an edited file, and in sync again without the edit", async () => {
    const path = "/etc/systemd/system/job.service";
    await host.machine.shell(`echo '# by hand' >>${path}`);
    const found = await headline.waitForState("drifted");
    expect(found.exitCode).toBe(1);
    expect(found.text).toContain("▲ drifted: 1 unit");
    await host.machine.shell(`sed -i '/by hand/d' ${path} && systemctl daemon-reload`);
    await headline.waitForState("in-sync");
  });

  it("is unknown while nobody can ask systemd, and says so instead of failing", async () => {
    const { machine } = host;
    // Stopping the bus would stop the agent, which requires it.
    await machine.check(["mv", "/run/dbus/system_bus_socket", "/run/dbus/away"]);
    await machine.check(["systemctl", "kill", "--signal=KILL", "dbus.service"]);
    try {
      const found = await headline.waitForState("unknown");
      expect(found.exitCode).toBe(3);
      expect(found.text).toContain("? unknown");
      expect(found.text).toContain("how the units do is not known");
      expect(rowOf(found.text, "web.service")).toContain("? unknown");
    } finally {
      await machine.check(["mv", "/run/dbus/away", "/run/dbus/system_bus_socket"]);
    }
    expect((await headline.waitForState("in-sync")).exitCode).toBe(0);
    expect(await headline.journalLines("agent.warned", "how the units do is not known")).toHaveLength(1);
  });

  it("is stale when the agent is stopped", async () => {
    await host.machine.check(["systemctl", "stop", "gitops-agent.service"]);
    const found = await headline.look();
    expect(found.status.sync.state).toBe("stale");
    expect(found.exitCode).toBe(3);
    expect(found.text).toContain("✖ stale");
    expect(found.text).toContain("the agent is not running");
    expect(found.statusText).toContain("stopped: nothing is applied or watched");
    expect(rowOf(found.text, "web.service")).toContain("● running");
    await host.start();
    expect((await headline.waitForState("in-sync")).exitCode).toBe(0);
  });
});

describeOnEachRoot("a first push with two broken units", (boot) => {
  it("stays degraded when one of them is fixed", async () => {
    const host = await AgentHost.boot(boot);
    const broken = sleeper("ExecStart=\nExecStart=/bin/false\n");
    await host.push({ "units/a.service": broken, "units/b.service": broken });
    await host.start();
    const isDegraded = async () => (await host.status()).sync.state === "degraded";
    await host.machine.waitFor("the first sync to end", isDegraded);
    const status = await host.deploy({ "units/a.service": sleeper() });
    expect(status.sync.state).toBe("degraded");
    expect(await host.activeState("a.service")).toBe("active");
    expect((await host.run("status")).exitCode).toBe(3);
    await host.deploy({ "units/b.service": sleeper() });
    expect((await host.run("status")).exitCode).toBe(0);
  });
});
