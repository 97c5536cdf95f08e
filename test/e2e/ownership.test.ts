/** Who owns what on a host: adoption, masks, intents, dependents, sockets, and what stays when git lets go. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

describeOnEachRoot("ownership", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({ "units/first.service": sleeper() });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  it("of a foreign file is taken over by adopt, after diff has shown it, and the old one is backed up", async () => {
    const { machine } = host;
    await machine.writeFile("/etc/systemd/system/mine.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    await machine.shell("systemctl daemon-reload; systemctl start mine.service");
    const status = await host.pushAndWait({ "units/mine.service": sleeper() });
    expect(status.sync.rejection?.code).toBe("conflict");
    const diff = await host.run("diff");
    expect(diff.exitCode).toBe(1);
    expect(diff.stdout).toContain("-ExecStart=/bin/sleep 1000\n+ExecStart=/bin/sleep infinity\n");
    const before = await host.invocationId("mine.service");
    const adopt = await host.run("adopt", "mine.service");
    expect(adopt.stderr).toBe("");
    expect(adopt.exitCode).toBe(0);
    expect(await machine.readFile("/etc/systemd/system/mine.service")).toBe(sleeper());
    expect(await host.invocationId("mine.service")).not.toBe(before);
    expect(await machine.shell("grep -rl 'sleep 1000' /var/lib/gitops-agent/backups")).toContain(
      "mine.service",
    );
    expect((await host.run("diff")).exitCode).toBe(0);
  });

  it("can be claimed in gitops.yaml, too", async () => {
    await host.machine.writeFile("/etc/app.conf", "old\n");
    await host.deploy({
      "files/etc/app.conf": "new\n",
      "gitops.yaml": "files:\n  /etc/app.conf: { adopt: true }\n",
    });
    expect(await host.machine.readFile("/etc/app.conf")).toBe("new\n");
  });

  it("of a timer ends with its stamp; of a failed unit with its failure", async () => {
    const { machine } = host;
    const job = "[Service]\nType=oneshot\nExecStart=/bin/false\n";
    const timer = "[Timer]\nOnCalendar=daily\nPersistent=yes\n[Install]\nWantedBy=timers.target\n";
    await host.deploy({ "units/night.service": job, "units/night.timer": timer });
    await machine.run(["systemctl", "start", "night.service"]);
    expect(await host.activeState("night.service")).toBe("failed");
    expect(await machine.exists("/var/lib/systemd/timers/stamp-night.timer")).toBe(true);
    await host.deploy({ "units/night.service": null, "units/night.timer": null });
    expect(await machine.exists("/var/lib/systemd/timers/stamp-night.timer")).toBe(false);
    expect(await machine.check(["systemctl", "list-units", "--failed", "--plain", "--no-legend"])).toBe("");
  });

  it("of a mask stops the unit; without the mask it runs again", async () => {
    await host.deploy({ "units/m.service": sleeper() });
    await host.deploy({ "units/m.service": { symlink: "/dev/null" } });
    expect(await host.machine.properties("m.service", ["LoadState", "ActiveState"])).toEqual({
      LoadState: "masked",
      ActiveState: "inactive",
    });
    await host.deploy({ "units/m.service": sleeper() });
    expect(await host.activeState("m.service")).toBe("active");
  });

  it("of what state: stopped stopped, and what is wanted again", async () => {
    await host.deploy({ "units/s.service": sleeper() });
    await host.deploy({ "gitops.yaml": "units:\n  s.service: { state: stopped }\n" });
    expect(await host.activeState("s.service")).toBe("inactive");
    expect((await host.machine.run(["systemctl", "is-enabled", "s.service"])).stdout.trim()).toBe("disabled");
    await host.deploy({ "gitops.yaml": null });
    expect(await host.activeState("s.service")).toBe("active");
    await host.machine.check(["systemctl", "stop", "s.service"]);
    await host.deploy({ "units/s.service": sleeper("Nice=1\n") });
    expect(await host.activeState("s.service")).toBe("inactive");
  });

  it("of an [Install] that changed leaves no stale link and restarts nothing", async () => {
    await host.deploy({
      "units/i.service":
        "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\nAlias=i-alias.service\n",
    });
    const before = await host.invocationId("i.service");
    expect(await host.invocationId("i-alias.service")).toBe(before);
    await host.deploy({
      "units/i.service": "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=graphical.target\n",
    });
    expect(await host.invocationId("i.service")).toBe(before);
    const links = await host.machine.shell(
      "cd /etc/systemd/system; find . -name 'i*.service' -type l | sort",
    );
    expect(links).toBe("./graphical.target.wants/i.service");
  });

  it("does not leave the dependents of a restarted unit down", async () => {
    const dependent = `[Unit]\nRequires=base.service\nAfter=base.service\n${sleeper()}`;
    await host.deploy({ "units/base.service": sleeper(), "units/dependent.service": dependent });
    const before = await host.machine.invocationIds(["base.service", "dependent.service"]);
    await host.deploy({ "units/base.service": sleeper("Environment=A=1\n") });
    const after = await host.machine.invocationIds(["base.service", "dependent.service"]);
    expect(after.get("base.service")).not.toBe(before.get("base.service"));
    expect(await host.activeState("dependent.service")).toBe("active");
  });

  it("of a changed socket brings it back listening, with its service stopped until it is asked for", async () => {
    const { machine } = host;
    const service = `[Service]\nExecStart=/bin/sh -c 'exec sleep infinity'\n`;
    const socket = (extra: string) =>
      `[Socket]\nListenStream=/run/answer.sock\n${extra}[Install]\nWantedBy=sockets.target\n`;
    await host.deploy({ "units/answer.socket": socket(""), "units/answer.service": service });
    await machine.check(["systemctl", "start", "answer.service"]);
    await host.deploy({ "units/answer.socket": socket("SocketMode=0600\n") });
    expect(await machine.properties("answer.socket", ["ActiveState", "SubState"])).toEqual({
      ActiveState: "active",
      SubState: "listening",
    });
    expect(await host.activeState("answer.service")).toBe("inactive");
    expect(await machine.shell("stat -c %a /run/answer.sock")).toBe("600");
  });

  it("of a oneshot that runs never kills it", async () => {
    const { machine } = host;
    const oneshot = (what: string) =>
      `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'while [ ! -e /run/go ]; do sleep 0.1; done; ${what}'\n`;
    await host.deploy({ "units/long.service": oneshot("true") });
    await machine.check(["systemctl", "start", "--no-block", "long.service"]);
    await machine.waitFor(
      "the oneshot to run",
      async () => (await host.activeState("long.service")) === "activating",
    );
    const { MainPID } = await machine.properties("long.service", ["MainPID"]);
    await host.deploy({ "units/long.service": oneshot("touch /run/second") });
    expect(await machine.properties("long.service", ["MainPID"])).toEqual({ MainPID });
    await machine.check(["touch", "/run/go"]);
    await machine.waitFor(
      "the oneshot to end well",
      async () => (await host.activeState("long.service")) === "inactive",
    );
  });

  it("leaves an interruption to people where gitops.yaml says so, and shows it until somebody restarts the unit", async () => {
    const rules = "units:\n  quiet.service: { on-change: none }\n";
    await host.deploy({ "units/quiet.service": sleeper(), "gitops.yaml": rules });
    const before = await host.invocationId("quiet.service");
    const status = await host.deploy({ "units/quiet.service": sleeper("Environment=A=1\n") });
    expect(await host.invocationId("quiet.service")).toBe(before);
    expect(status.pending.map(({ unit }) => unit)).toEqual(["quiet.service"]);
    await host.machine.check(["systemctl", "restart", "quiet.service"]);
    expect((await host.run("sync")).exitCode).toBe(0);
    expect((await host.status()).pending).toEqual([]);
    await host.deploy({ "units/quiet.service": null, "gitops.yaml": null });
  });

  it("is explained before it is exercised: plan --explain names class and line of every difference", async () => {
    const { machine } = host;
    await machine.check(["systemctl", "stop", "gitops-agent.service"]);
    await host.push({
      "units/first.service": `[Unit]\nDescription=x\n${sleeper("Environment=A=1\nRestart=always\n")}`,
    });
    const { stdout, exitCode } = await host.run("plan", "--explain");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /restart\s+first\.service\s+because Environment= added \(units\/first\.service:5\)/,
    );
    expect(stdout).toMatch(/inert\s+Description= added \(units\/first\.service:2\)/);
    expect(stdout).toMatch(/live\s+Restart= added \(units\/first\.service:6\)/);
    await host.start();
  });

  it("of a drop-in for a protected unit is written, and its restart left to people", async () => {
    const before = await host.invocationId("dbus.service");
    const status = await host.deploy({ "units/dbus.service.d/x.conf": "[Service]\nEnvironment=A=1\n" });
    expect(status.pending.map(({ unit }) => unit)).toEqual(["dbus.service"]);
    expect(await host.machine.properties("dbus.service", ["Environment"])).toEqual({ Environment: "A=1" });
    expect(await host.invocationId("dbus.service")).toBe(before);
    await host.deploy({ "units/dbus.service.d/x.conf": null });
  });
});
