/** Which units a push starts and stops besides those whose text changed while they ran, on a real systemd. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const everySecond = "[Timer]\nOnCalendar=*:*:*\nAccuracySec=1ms\n[Install]\nWantedBy=timers.target\n";
const oneshot = (body: string) => `[Service]\nType=oneshot\nExecStart=/bin/true\n${body}`;
const simple = (command: string, body = "") => `[Service]\nExecStart=${command}\n${body}`;
const forEver = "/bin/sleep infinity";

/** Unit name → text, as files of the repository. */
function toFiles(units: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(units).map(([name, text]) => [`units/${name}`, text]));
}

describeOnEachRoot("a push", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({ "units/first.service": sleeper() });
    await host.start();
    await host.waitUntilActive("first.service");
  });

  async function readState(unit: string): Promise<Record<string, string>> {
    return host.machine.properties(unit, ["ActiveState", "Result", "MainPID"]);
  }

  async function readBecause(unit: string): Promise<string> {
    return (await host.status()).units.find(({ name }) => name === unit)?.lastAction?.because ?? "";
  }

  it("that takes RemainAfterExit= from a timer's oneshot has the timer fire again", async () => {
    await host.deploy({
      "units/tick.timer": everySecond,
      "units/tick.service": oneshot("RemainAfterExit=yes\n"),
    });
    await host.waitUntilActive("tick.service");
    await host.deploy({ "units/tick.service": oneshot("") });
    const seen = new Set<string>();
    await host.machine.waitFor("the timer to start its oneshot twice", async () => {
      seen.add(await host.invocationId("tick.service"));
      return seen.size > 2;
    });
    await host.deploy({ "units/tick.timer": null, "units/tick.service": null });
  });

  it("that makes oneshots of services leaves none of their processes, and runs what a boot would run", async () => {
    await host.deploy({
      "units/wanted.service": simple(forEver, enabled),
      "units/by-hand.service": simple(forEver),
    });
    await host.machine.check(["systemctl", "start", "by-hand.service"]);
    const before = await host.invocationId("wanted.service");
    const leavesTrace = "ExecStart=/bin/touch /run/%N-ran\n";
    await host.deploy({
      "units/wanted.service": oneshot(leavesTrace + enabled),
      "units/by-hand.service": oneshot(leavesTrace),
    });
    for (const unit of ["wanted.service", "by-hand.service"]) {
      expect(await readState(unit), unit).toEqual({
        ActiveState: "inactive",
        Result: "success",
        MainPID: "0",
      });
    }
    expect(await host.invocationId("wanted.service")).not.toBe(before);
    expect(await host.machine.exists("/run/wanted-ran")).toBe(true);
    expect(await host.machine.exists("/run/by-hand-ran")).toBe(false);
    expect(await readBecause("by-hand.service")).toContain("Type= added (units/by-hand.service:2)");
    expect((await host.run("plan")).exitCode).toBe(0);
  });

  it("that makes a service of a oneshot which has run starts it", async () => {
    await host.deploy({ "units/done.service": oneshot(enabled) });
    expect(await host.activeState("done.service")).toBe("inactive");
    await host.deploy({ "units/done.service": simple(forEver, enabled) });
    expect(await host.activeState("done.service")).toBe("active");
  });

  it("that mends a service starts it if it had ended by itself, and not if somebody had stopped it", async () => {
    const stopsSlowly = "ExecStop=/bin/sleep 0.2\n";
    const killed = "KillSignal=SIGKILL\nSuccessExitStatus=SIGKILL\n";
    const stopped = {
      "stopped.service": simple(forEver, enabled),
      "slow.service": simple(forEver, stopsSlowly + enabled),
      "killed.service": simple(forEver, killed + enabled),
      "catching.service": simple(`/bin/sh -c 'trap "exit 0" TERM; while :; do sleep 0.05; done'`, enabled),
      "remaining.service": simple("/bin/true", `Type=oneshot\nRemainAfterExit=yes\n${enabled}`),
    };
    const ended = {
      "ended.service": simple("/bin/sleep 0.1", enabled),
      "ended-slowly.service": simple("/bin/sleep 0.1", stopsSlowly + enabled),
      "ended-forked.service": simple("/bin/sh -c 'sleep 1 &'", `Type=forking\n${enabled}`),
    };
    const first = { ...stopped, ...ended };
    await host.deploy(toFiles(first));
    for (const unit of Object.keys(stopped)) await host.machine.check(["systemctl", "stop", unit]);
    for (const unit of Object.keys(ended)) {
      await host.machine.waitFor(`${unit} to end`, async () => (await host.activeState(unit)) === "inactive");
    }
    const mended = simple(forEver, `Environment=MENDED=1\n${enabled}`);
    await host.deploy(toFiles(Object.fromEntries(Object.keys(first).map((unit) => [unit, mended]))));
    for (const unit of Object.keys(ended)) expect(await host.activeState(unit), unit).toBe("active");
    for (const unit of Object.keys(stopped)) expect(await host.activeState(unit), unit).toBe("inactive");
    expect(await readBecause("ended.service")).toMatch(/^it had ended by itself, and /);
  });

  it("that makes a condition true starts the unit which waited for it", async () => {
    const conditional = (line: string, body = "") =>
      `[Unit]\n${line}\n[Service]\nExecStart=${forEver}\n${body}${enabled}`;
    const units = {
      "by-file.service": conditional("ConditionPathExists=/etc/comes-with-git"),
      "by-text.service": conditional("ConditionPathExists=/etc/never"),
      "still-not.service": conditional("ConditionPathExists=/etc/never"),
      "person.service": conditional("ConditionPathExists=/etc/hostname"),
    };
    await host.deploy(toFiles(units));
    await host.machine.check(["systemctl", "stop", "person.service"]);
    for (const unit of Object.keys(units)) expect(await host.activeState(unit), unit).toBe("inactive");
    await host.deploy({
      "files/etc/comes-with-git": "1\n",
      "units/by-text.service": conditional("ConditionPathExists=/etc/passwd"),
      "units/still-not.service": conditional("ConditionPathExists=/etc/never", "Nice=1\n"),
      "units/person.service": conditional("ConditionPathExists=/etc/passwd"),
    });
    expect(await host.activeState("by-file.service")).toBe("active");
    expect(await host.activeState("by-text.service")).toBe("active");
    expect(await host.activeState("still-not.service")).toBe("inactive");
    expect(await host.activeState("person.service")).toBe("inactive");
    expect((await host.run("plan")).exitCode).toBe(0);
  });

  it("that adds a socket to a running service has the service make way, and start with the socket", async () => {
    const socket = (body: string) => `[Socket]\n${body}[Install]\nWantedBy=sockets.target\n`;
    await host.deploy({ "units/q.service": sleeper(), "units/other.service": simple(forEver) });
    await host.machine.check(["systemctl", "start", "other.service"]);
    const before = await host.machine.invocationIds(["q.service", "other.service"]);
    await host.deploy({
      "units/q.socket": socket("ListenFIFO=/run/q.fifo\n"),
      "units/named.socket": socket("ListenFIFO=/run/named.fifo\nService=other.service\n"),
      "units/many.socket": socket("ListenStream=/run/many.sock\nAccept=yes\n"),
      "units/many@.service": simple("/bin/cat", "StandardInput=socket\n"),
    });
    for (const unit of ["q.socket", "named.socket", "many.socket", "q.service"]) {
      expect(await host.activeState(unit), unit).toBe("active");
    }
    // Nothing but its socket starts it at a boot.
    expect(await host.activeState("other.service")).toBe("inactive");
    const after = await host.invocationId("q.service");
    expect(after).not.toBe(before.get("q.service"));
    expect(await readBecause("q.service")).toBe("it was stopped for q.socket");
    // What nobody reads makes the first socket start the service again as soon as it ends.
    await host.machine.shell("echo waiting >/run/q.fifo");
    await host.deploy({ "units/second.socket": socket("ListenFIFO=/run/second.fifo\nService=q.service\n") });
    for (const unit of ["q.socket", "second.socket", "q.service"]) {
      expect(await host.activeState(unit), unit).toBe("active");
    }
    const { MainPID = "" } = await host.machine.properties("q.service", ["MainPID"]);
    expect(await host.machine.readFile(`/proc/${MainPID}/environ`)).toContain("LISTEN_FDS=2");
    expect((await host.run("plan")).exitCode).toBe(0);
  });

  it("that enables a template starts its default instance, and the next default instead of it", async () => {
    const withDefault = (instance: string) => simple(forEver, `${enabled}DefaultInstance=${instance}\n`);
    const status = await host.deploy({ "units/d@.service": withDefault("one") });
    expect(await host.activeState("d@one.service")).toBe("active");
    expect(status.units.find(({ name }) => name === "d@one.service")).toMatchObject({
      activeState: "active",
    });
    await host.deploy({ "units/d@.service": withDefault("two") });
    expect(await host.activeState("d@one.service")).toBe("inactive");
    expect(await host.activeState("d@two.service")).toBe("active");
    await host.deploy({ "units/d@.service": null });
    expect(await host.activeState("d@two.service")).toBe("inactive");
  });

  it("that has a target want instances starts, shows, restarts and stops them, but none of a person's", async () => {
    const target = (wants: string) => `[Unit]\n${wants}${enabled}`;
    const template = (body: string) => simple(forEver, body + enabled);
    await host.deploy({ "units/wk@.service": template("") });
    await host.machine.check(["systemctl", "start", "wk@person.service"]);
    const person = await host.invocationId("wk@person.service");
    const wants = target("Wants=wk@1.service wk@person.service\n");
    const status = await host.deploy({ "units/wk.target": wants });
    expect(await host.activeState("wk@1.service")).toBe("active");
    expect(status.units.map(({ name }) => name)).toContain("wk@1.service");
    const first = await host.invocationId("wk@1.service");
    expect(await host.invocationId("wk@person.service")).toBe(person);
    expect(await host.machine.exists("/etc/systemd/system/multi-user.target.wants/wk@1.service")).toBe(false);
    await host.deploy({ "units/wk@.service": template("Environment=NEW=1\n") });
    expect(await host.invocationId("wk@1.service")).not.toBe(first);
    expect(await host.machine.properties("wk@1.service", ["Environment"])).toEqual({ Environment: "NEW=1" });
    await host.deploy({ "units/wk.target": target("") });
    expect(await host.activeState("wk@1.service")).toBe("inactive");
    expect(await host.activeState("wk@person.service")).toBe("active");
    expect((await host.run("plan")).exitCode).toBe(0);
  });

  it("that deletes an alias with its drop-ins restarts the unit behind it, and the next push is applied as well", async () => {
    const environment = "[Service]\nEnvironment=BY_ALIAS=1\n";
    await host.deploy({
      "units/behind.service": sleeper(),
      "units/other-name.service": { symlink: "behind.service" },
      "units/other-name.service.d/x.conf": environment,
    });
    const readEnvironment = () => host.machine.properties("behind.service", ["Environment"]);
    expect(await readEnvironment()).toEqual({ Environment: "BY_ALIAS=1" });
    const first = await host.invocationId("behind.service");
    await host.deploy({ "units/other-name.service.d/x.conf": environment.replace("=1", "=2") });
    const second = await host.invocationId("behind.service");
    expect(second).not.toBe(first);
    await host.deploy({ "units/other-name.service": null, "units/other-name.service.d/x.conf": null });
    const third = await host.invocationId("behind.service");
    expect(third).not.toBe(second);
    expect(await readEnvironment()).toEqual({ Environment: "" });
    await host.deploy({ "units/behind.service": `# a comment\n${sleeper()}` });
    expect(await host.invocationId("behind.service")).toBe(third);
    expect((await host.run("plan")).exitCode).toBe(0);
  });

  it("that removes a socket leaves no process that listens for it", async () => {
    const socket = (name: string) =>
      `[Socket]\nListenStream=/run/${name}.sock\n[Install]\nWantedBy=sockets.target\n`;
    await host.deploy({
      "units/always.socket": socket("always"),
      "units/always.service": simple(forEver, enabled),
      "units/on-demand.socket": socket("on-demand"),
      "units/on-demand.service": simple(forEver),
    });
    await host.machine.check(["systemctl", "start", "on-demand.service"]);
    const { MainPID = "" } = await readState("always.service");
    const listens = (pid: string) => host.machine.shell(`tr '\\0' '\\n' </proc/${pid}/environ`);
    expect(await listens(MainPID)).toContain("LISTEN_FDS=1");
    await host.deploy({ "units/always.socket": null, "units/on-demand.socket": null });
    const after = await readState("always.service");
    expect(after).toMatchObject({ ActiveState: "active" });
    expect(await listens(after["MainPID"] ?? "")).not.toContain("LISTEN_FDS");
    expect(await readBecause("always.service")).toBe("it was stopped with always.socket");
    expect(await readState("on-demand.service")).toMatchObject({ ActiveState: "inactive" });
    await host.deploy({ "units/always.service": null, "units/on-demand.service": null });
  });
});
