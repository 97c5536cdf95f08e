/** The main job on a real systemd: what is pushed runs, and nothing else is disturbed. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const thirty = Array.from({ length: 30 }, (_, index) => `many-${index}.service`);

/** Says at start what it read, so that the journal of this invocation tells which value it got. */
const consumer = `[Service]
ExecStart=/bin/sh -c 'echo "token is $(cat "$CREDENTIALS_DIRECTORY/token")"; exec sleep infinity'
${enabled}`;

describeOnEachRoot("a push", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({ "units/first.service": sleeper() });
    await host.start();
    await host.waitUntilActive("first.service");
  });

  it("runs every type of unit", async () => {
    const status = await host.deploy({
      "units/app.service": sleeper(),
      "units/app.target": `[Unit]\nWants=app.service\n${enabled}`,
      "units/app.slice": "[Slice]\nCPUWeight=50\n",
      "units/tick.timer": "[Timer]\nOnCalendar=2099-01-01\n[Install]\nWantedBy=timers.target\n",
      "units/tick.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
      "units/echo.socket":
        "[Socket]\nListenStream=/run/echo.sock\nAccept=yes\n[Install]\nWantedBy=sockets.target\n",
      "units/echo@.service": "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n",
      "units/inbox.path": "[Path]\nPathExists=/run/inbox\n[Install]\nWantedBy=paths.target\n",
      "units/inbox.service": "[Service]\nType=oneshot\nExecStart=/bin/rm /run/inbox\n",
      "units/w@.service": sleeper(),
      "units/w@one.service": { symlink: "w@.service" },
      "gitops.yaml": "units:\n  w@.service: { instances: [two] }\n",
      "units/masked.service": { symlink: "/dev/null" },
      "units/man-db.timer.d/x.conf": "[Timer]\nRandomizedDelaySec=1\n",
      "units/apt-daily.service.d/x.conf": "[Service]\nNice=19\n",
    });
    expect(status.drift).toEqual([]);
    const up = [
      "app.service",
      "app.target",
      "tick.timer",
      "echo.socket",
      "inbox.path",
      "w@one.service",
      "w@two.service",
    ];
    for (const unit of up) expect(await host.activeState(unit), unit).toBe("active");
    expect(await host.activeState("tick.service")).toBe("inactive");
    expect(await host.machine.properties("masked.service", ["LoadState"])).toEqual({ LoadState: "masked" });
    expect(await host.machine.properties("app.slice", ["CPUWeight"])).toEqual({ CPUWeight: "50" });
    expect(await host.machine.properties("apt-daily.service", ["Nice"])).toEqual({ Nice: "19" });
    expect(await host.machine.check(["systemctl", "is-enabled", "w@one.service", "app.service"])).toBe(
      "enabled\nenabled",
    );
    await host.machine.check(["touch", "/run/inbox"]);
    await host.machine.waitFor(
      "the path unit to trigger",
      async () => !(await host.machine.exists("/run/inbox")),
    );
  });

  it("restarts the one of 30 services that changed, and none of the others", async () => {
    await host.deploy(Object.fromEntries(thirty.map((unit) => [`units/${unit}`, sleeper()])));
    const before = await host.machine.invocationIds(thirty);
    await host.deploy({ "units/many-7.service": sleeper("Environment=CHANGED=1\n") });
    const after = await host.machine.invocationIds(thirty);
    expect(thirty.filter((unit) => after.get(unit) !== before.get(unit))).toEqual(["many-7.service"]);
    expect(await host.machine.properties("many-7.service", ["Environment"])).toEqual({
      Environment: "CHANGED=1",
    });
  });

  it("of a comment restarts nothing, and the file on the host is the one in git", async () => {
    const before = await host.machine.invocationIds(thirty);
    const text = `# only a comment\n${sleeper("Environment=CHANGED=1\n")}`;
    await host.deploy({ "units/many-7.service": text });
    expect(await host.machine.invocationIds(thirty)).toEqual(before);
    expect(await host.machine.readFile("/etc/systemd/system/many-7.service")).toBe(text);
    const { NeedDaemonReload } = await host.machine.properties("many-7.service", ["NeedDaemonReload"]);
    expect(NeedDaemonReload).toBe("no");
  });

  it("of a rotated secret restarts its consumer only, which reads the new value", async () => {
    const secret = "secrets/consumer.service/token.age";
    await host.deploy({ "units/consumer.service": consumer, [secret]: await host.encrypt("first-value") });
    await host.machine.waitFor("the consumer to read the first value", async () =>
      (await host.machine.journal({ unit: "consumer.service" })).includes("token is first-value"),
    );
    const before = await host.machine.invocationIds([...thirty, "consumer.service"]);
    await host.deploy({ [secret]: await host.encrypt("second-value") });
    const after = await host.machine.invocationIds([...thirty, "consumer.service"]);
    expect([...after.keys()].filter((unit) => after.get(unit) !== before.get(unit))).toEqual([
      "consumer.service",
    ]);
    await host.machine.waitFor("the consumer to read the second value", async () =>
      (await host.machine.journal({ unit: "consumer.service" })).includes("token is second-value"),
    );
  });

  it("of a secret encrypted anew with the same content restarts nothing", async () => {
    const before = await host.invocationId("consumer.service");
    await host.deploy({ "secrets/consumer.service/token.age": await host.encrypt("second-value") });
    expect(await host.invocationId("consumer.service")).toBe(before);
  });

  it("of a timer reschedules it without running its service", async () => {
    const job = "[Service]\nType=oneshot\nExecStart=/bin/true\n";
    const timer = (year: number) => `[Timer]\nOnCalendar=${year}-01-01\n[Install]\nWantedBy=timers.target\n`;
    await host.deploy({ "units/night.service": job, "units/night.timer": timer(2098) });
    const before = await host.invocationId("night.timer");
    await host.deploy({ "units/night.timer": timer(2097) });
    const { NextElapseUSecRealtime } = await host.machine.properties("night.timer", [
      "NextElapseUSecRealtime",
    ]);
    expect(NextElapseUSecRealtime).toContain("2097-01-01");
    expect(await host.invocationId("night.timer")).toBe(before);
    const { ExecMainStartTimestampMonotonic } = await host.machine.properties("night.service", [
      "ExecMainStartTimestampMonotonic",
    ]);
    expect(ExecMainStartTimestampMonotonic).toBe("0");
  });

  it("of a template restarts every active instance, also one that somebody started by hand", async () => {
    await host.machine.check(["systemctl", "start", "w@manual.service"]);
    const instances = ["w@one.service", "w@two.service", "w@manual.service"];
    const before = await host.machine.invocationIds(instances);
    await host.deploy({ "units/w@.service": sleeper("Environment=QUEUE=%i\n") });
    const after = await host.machine.invocationIds(instances);
    for (const unit of instances) expect(after.get(unit), unit).not.toBe(before.get(unit));
    expect(await host.machine.properties("w@two.service", ["Environment"])).toEqual({
      Environment: "QUEUE=two",
    });
  });

  it("of a managed file restarts the units that mention it", async () => {
    const files = {
      "files/etc/app/environment": "A=1\n",
      "units/reader.service": sleeper("EnvironmentFile=/etc/app/environment\n"),
    };
    await host.deploy(files);
    const watched = ["reader.service", "app.service"];
    const before = await host.machine.invocationIds(watched);
    await host.deploy({ "files/etc/app/environment": "A=2\n" });
    const after = await host.machine.invocationIds(watched);
    expect(after.get("reader.service")).not.toBe(before.get("reader.service"));
    expect(after.get("app.service")).toBe(before.get("app.service"));
    const { MainPID } = await host.machine.properties("reader.service", ["MainPID"]);
    expect(await host.machine.shell(`tr '\\0' '\\n' </proc/${MainPID}/environ`)).toContain("A=2");
  });

  it("that removes a unit stops, disables and deletes it, and touches nothing that is not the agent's", async () => {
    await host.machine.writeFile("/etc/systemd/system/foreign.service", sleeper());
    await host.machine.check(["systemctl", "enable", "--now", "foreign.service"]);
    const list =
      "find /etc /usr/local/bin /usr/local/lib -newer /etc/gitops-agent/agent.yaml -o -type f -print | grep -v -e app -e machine-id | sort";
    const before = await host.machine.shell(list);
    const foreign = await host.invocationId("foreign.service");
    await host.deploy({ "units/app.service": null, "units/app.target": `[Unit]\nDescription=x\n${enabled}` });
    expect(await host.activeState("app.service")).toBe("inactive");
    expect(await host.machine.properties("app.service", ["LoadState"])).toEqual({ LoadState: "not-found" });
    expect(await host.machine.shell("find /etc/systemd/system -name app.service")).toBe("");
    expect(await host.invocationId("foreign.service")).toBe(foreign);
    expect(await host.machine.shell(list)).toBe(before);
  });
});
