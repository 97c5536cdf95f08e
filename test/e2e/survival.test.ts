/** What the agent owes survives its own death, and what consumers need survives a reboot. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

/** A generator that makes daemon-reload wait until a file is gone: the moment between writing and restarting, at will. */
const slowGenerator =
  "#!/bin/sh\nwhile [ -e /run/hold-reload ]; do touch /run/reload-waits; sleep 0.1; done\n";
const generatorPath = "/etc/systemd/system-generators/hold";

describeOnEachRoot("an agent killed between writing and restarting", (boot) => {
  it("restarts what it owes when it comes back, exactly once", async () => {
    const host = await AgentHost.boot(boot);
    const { machine } = host;
    await machine.writeFile("/etc/systemd/system/gitops-agent.service.d/x.conf", "[Service]\nRestart=no\n");
    await machine.check(["systemctl", "daemon-reload"]);
    await host.push({ "units/a.service": sleeper(), "units/b.service": sleeper() });
    await host.start();
    await machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    const before = await machine.invocationIds(["a.service", "b.service"]);
    const { MainPID = "" } = await machine.properties("gitops-agent.service", ["MainPID"]);
    await machine.writeFile(generatorPath, slowGenerator, 0o755);
    await machine.check(["touch", "/run/hold-reload"]);
    await host.push({ "units/a.service": sleeper("Environment=NEW=1\n"), "units/new.service": sleeper() });
    await machine.waitFor("the daemon-reload to hang", async () => machine.exists("/run/reload-waits"));
    expect(await machine.readFile("/etc/systemd/system/a.service")).toContain("NEW=1");
    await machine.check(["kill", "-KILL", MainPID]);
    await machine.check(["rm", "/run/hold-reload", generatorPath]);
    await machine.waitFor(
      "the agent to be dead",
      async () => (await host.activeState("gitops-agent.service")) === "failed",
    );
    expect(await machine.invocationIds(["a.service", "b.service"])).toEqual(before);
    expect(await host.activeState("new.service")).toBe("inactive");
    await host.start();
    await machine.waitFor(
      "the owed restart",
      async () => (await host.invocationId("a.service")) !== before.get("a.service"),
    );
    await host.waitUntilActive("new.service");
    await machine.waitFor("the sync to end", async () => (await host.status()).sync.state === "in-sync");
    const after = await host.invocationId("a.service");
    expect(await machine.properties("a.service", ["Environment"])).toEqual({ Environment: "NEW=1" });
    expect(await host.invocationId("b.service")).toBe(before.get("b.service"));
    expect((await host.run("sync")).exitCode).toBe(0);
    expect(await host.invocationId("a.service")).toBe(after);
  });
});

describeOnEachRoot("units that somebody starts while an apply is on its way to the daemon-reload", (boot) => {
  const idle = (version: number) => `[Service]\nExecStart=/bin/sleep infinity\nEnvironment=V=${version}\n`;
  const stopsWhenItMay = `ExecStop=/bin/sh -c 'until [ -e /run/may-stop ]; do sleep 0.05; done'\n`;

  it("run the new definition in the end, and git's removals do not stay behind", async () => {
    const host = await AgentHost.boot(boot);
    const { machine } = host;
    await host.push({
      "units/first.service": sleeper(stopsWhenItMay),
      "units/idle.service": idle(1),
      "units/w@.service": idle(1),
      "units/same.service": idle(1),
      "units/going.service": idle(1),
    });
    await host.start();
    await host.waitUntilActive("first.service");
    await machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    const commit = await host.push({
      "units/first.service": null,
      "units/idle.service": idle(2),
      "units/w@.service": idle(2),
      "units/same.service": `# a comment\n${idle(1)}`,
      "units/going.service": null,
    });
    await machine.waitFor(
      "the apply to begin",
      async () => (await host.activeState("first.service")) === "deactivating",
    );
    const started = ["idle.service", "w@any.service", "same.service", "going.service"];
    await machine.check(["systemctl", "start", ...started]);
    const before = await machine.invocationIds(started);
    await machine.check(["touch", "/run/may-stop"]);
    expect((await host.waitUntilAttempted(commit)).sync.state).toBe("in-sync");
    const after = await machine.invocationIds(started);
    const anew = started.filter((unit) => after.get(unit) !== before.get(unit));
    expect(anew).toEqual(["idle.service", "w@any.service", "going.service"]);
    expect(await host.activeState("going.service")).toBe("inactive");
    for (const unit of ["idle.service", "w@any.service"]) {
      const { MainPID } = await machine.properties(unit, ["MainPID"]);
      expect(await machine.readFile(`/proc/${MainPID}/environ`)).toContain("V=2");
    }
    expect((await host.run("plan")).exitCode).toBe(0);
  });
});

describeOnEachRoot("a reboot with the repository gone and the agent disabled", (boot) => {
  let host: AgentHost;

  const consumer = `[Service]
ExecStart=/bin/sh -c 'echo "token is $(cat "$CREDENTIALS_DIRECTORY/token")"; exec sleep infinity'
${enabled}`;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({
      "units/consumer.service": consumer,
      "secrets/consumer.service/token.age": await host.encrypt("survives"),
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    await host.machine.check(["systemctl", "disable", "gitops-agent.service"]);
    await host.machine.check(["mv", repositoryPath, `${repositoryPath}.away`]);
    await host.machine.reboot();
  });

  it("restores the secrets before their consumer starts", async () => {
    await host.waitUntilActive("consumer.service");
    expect(await host.activeState("gitops-agent.service")).toBe("inactive");
    const journal = await host.machine.journal({ unit: "consumer.service" });
    expect(journal.match(/token is survives/g)).toHaveLength(2);
    const restored = await host.machine.properties("gitops-agent-credentials.service", [
      "ActiveEnterTimestampMonotonic",
    ]);
    const started = await host.machine.properties("consumer.service", ["ExecMainStartTimestampMonotonic"]);
    expect(Number(started["ExecMainStartTimestampMonotonic"])).toBeGreaterThan(
      Number(restored["ActiveEnterTimestampMonotonic"]),
    );
  });

  it("keeps plaintext off the disk and away from other users", async () => {
    const { machine } = host;
    const files = await machine.shell(
      "find /run/gitops-agent/credentials -type f -printf '%m %u\\n' | sort -u",
    );
    expect(files).toBe("400 root");
    const probe = [
      "setpriv",
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      "ls",
      "/run/gitops-agent/credentials",
    ];
    expect((await machine.run(probe)).exitCode).not.toBe(0);
    const onDisk = await machine.run(["grep", "-rlF", "survives", "/var/lib/gitops-agent", "/etc"]);
    expect(onDisk.stdout).toBe("");
  });

  it("brings a single lost credential file back at the next round, without a restart", async () => {
    const { machine } = host;
    await machine.shell(`mv ${repositoryPath}.away ${repositoryPath}; systemctl start gitops-agent.service`);
    const before = await host.invocationId("consumer.service");
    await machine.shell("rm /run/gitops-agent/credentials/current/consumer.service/token");
    expect((await host.run("sync")).exitCode).toBe(0);
    expect(await machine.readFile("/run/gitops-agent/credentials/current/consumer.service/token")).toBe(
      "survives",
    );
    expect(await host.invocationId("consumer.service")).toBe(before);
    await machine.shell(`systemctl stop gitops-agent.service; mv ${repositoryPath} ${repositoryPath}.away`);
  });

  it("leaves the consumer down, and never with an empty secret, when it cannot be restored", async () => {
    const { machine } = host;
    await machine.check(["mv", "/etc/gitops-agent/identity.txt", "/root/identity.txt"]);
    await machine.reboot();
    await machine.waitFor("the consumer to fail", async () =>
      ["failed", "activating"].includes(await host.activeState("consumer.service")),
    );
    const result = await machine.properties("consumer.service", ["ExecMainStatus"]);
    expect(result["ExecMainStatus"]).toBe("243");
    expect(await machine.journal({ unit: "gitops-agent-credentials.service" })).toContain("identity");
    await machine.check(["mv", "/root/identity.txt", "/etc/gitops-agent/identity.txt"]);
    await machine.shell(
      "systemctl restart gitops-agent-credentials.service && systemctl restart consumer.service",
    );
    expect(await host.activeState("consumer.service")).toBe("active");
  });
});
