/** The daemon as systemd and people meet it: polling, signals, sockets, lock, exit codes. */
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

describeOnEachRoot("the daemon with a repository on a server", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { repositoryUrl: "git://127.0.0.1/hosts.git", interval: "1h" });
    const server = ["git", "daemon", "--reuseaddr", "--export-all", "--base-path=/srv", "--listen=127.0.0.1"];
    await host.machine.check(["systemd-run", "--unit=git-server", ...server]);
    await host.push({ "units/a.service": sleeper() });
    await host.machine.waitFor("the git server", async () => {
      const { exitCode } = await host.machine.run(["git", "ls-remote", "git://127.0.0.1/hosts.git"]);
      return exitCode === 0;
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  it("syncs at once when it is reloaded, long before its interval is over", async () => {
    const commit = await host.push({ "units/a.service": sleeper("Environment=A=1\n") });
    expect((await host.status()).sync.attempted?.commit).not.toBe(commit);
    await host.machine.check(["systemctl", "reload", "gitops-agent.service"]);
    await host.waitUntilAttempted(commit);
    expect(await host.machine.properties("a.service", ["Environment"])).toEqual({ Environment: "A=1" });
  });

  it("syncs at once when it is asked to, and answers when the sync has ended", async () => {
    await host.push({ "units/b.service": sleeper() }, "add b");
    const { exitCode, stdout } = await host.run("sync");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/applied main@[0-9a-f]{7} "add b"/);
    expect(await host.activeState("b.service")).toBe("active");
  });

  it("polls by its interval", async () => {
    const { machine } = host;
    await machine.shell("sed -i 's/^interval:.*/interval: 5s/' /etc/gitops-agent/agent.yaml");
    const { source } = await host.status();
    await machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await machine.waitFor(
      "the round after the restart",
      async () => (await host.status()).source.polledAt !== source.polledAt,
    );
    await host.deploy({ "units/c.service": sleeper() });
    expect(await host.activeState("c.service")).toBe("active");
  });

  it("tells systemd how it does, and feeds the watchdog", async () => {
    const { machine } = host;
    await machine.writeFile(
      "/etc/systemd/system/gitops-agent.service.d/x.conf",
      "[Service]\nWatchdogSec=4\n",
    );
    await machine.shell("systemctl daemon-reload; systemctl restart gitops-agent.service");
    const first = await machine.properties("gitops-agent.service", ["WatchdogTimestampMonotonic", "MainPID"]);
    await machine.waitFor("two more pings", async () => {
      const { WatchdogTimestampMonotonic } = await machine.properties("gitops-agent.service", [
        "WatchdogTimestampMonotonic",
      ]);
      return Number(WatchdogTimestampMonotonic) > Number(first["WatchdogTimestampMonotonic"]) + 3_000_000;
    });
    await machine.waitFor("the status line", async () => {
      const { StatusText } = await machine.properties("gitops-agent.service", ["StatusText"]);
      return /main@[0-9a-f]{7}/.test(StatusText ?? "");
    });
    // A round that takes three times as long is no reason to end the agent.
    await host.deploy({
      "units/slow.service":
        "[Service]\nType=oneshot\nExecStart=/bin/sleep 12\n[Install]\nWantedBy=multi-user.target\n",
    });
    const after = await machine.properties("gitops-agent.service", ["NRestarts", "MainPID"]);
    expect(after).toEqual({ NRestarts: "0", MainPID: first["MainPID"] });
    await machine.check(["kill", "-STOP", first["MainPID"] ?? ""]);
    await machine.waitFor("systemd to replace an agent that hangs", async () => {
      const { NRestarts } = await machine.properties("gitops-agent.service", ["NRestarts"]);
      return NRestarts === "1" && (await host.activeState("gitops-agent.service")) === "active";
    });
  });

  it("ends cleanly when it is stopped, and leaves credentials and services as they are", async () => {
    const before = await host.invocationId("a.service");
    await host.machine.check(["systemctl", "stop", "gitops-agent.service"]);
    const result = await host.machine.properties("gitops-agent.service", ["Result", "ActiveState"]);
    expect(result).toEqual({ Result: "success", ActiveState: "inactive" });
    expect(await host.journal()).toContain("agent.stopped");
    expect(await host.invocationId("a.service")).toBe(before);
    await host.start();
  });
});

describeOnEachRoot("the command", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({ "units/a.service": sleeper() });
  });

  it("plans, syncs and reports without a daemon, and says that none runs", async () => {
    const plan = await host.run("plan", "--json");
    expect(plan.exitCode).toBe(1);
    const steps = JSON.parse(plan.stdout).steps as readonly { kind: string; because: string }[];
    expect(steps.map(({ kind }) => kind)).toEqual(["write", "write", "daemon-reload", "start"]);
    expect(steps.every(({ because }) => because !== "")).toBe(true);
    expect((await host.run("status")).exitCode).toBe(1);
    expect((await host.run("sync")).exitCode).toBe(0);
    expect(await host.activeState("a.service")).toBe("active");
    expect((await host.run("plan")).exitCode).toBe(0);
    const status = await host.run("status");
    expect(status.exitCode).toBe(3);
    expect(status.stdout).toContain("✖ stale");
    expect(status.stdout).toContain("not running");
  });

  it("tells a user who may not look that no daemon runs, and not that nothing was ever synced", async () => {
    for (const what of ["status", "history"]) {
      const { exitCode, stdout, stderr } = await host.machine.run([...nobody, "gitops-agent", what]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: "" });
      expect(stderr).toContain("the agent is not running");
    }
  });

  it("takes a reader that goes early for no failure", async () => {
    const early = ["bash", "-o", "pipefail", "-c", "gitops-agent history --json | true"];
    const { exitCode, stderr } = await host.machine.run(early);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  it("refuses to compare what git does not have", async () => {
    const { exitCode, stderr } = await host.run("diff", "a.servce");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("a.servce");
  });

  it("lets no two agents work at once", async () => {
    await host.start();
    const second = await host.run("daemon");
    expect(second.exitCode).toBe(3);
    expect(second.stderr).toMatch(/^error: .*another/m);
    expect(await host.activeState("gitops-agent.service")).toBe("active");
  });

  it("shows the status to the group gitops-agent, and to nobody else; only root may sync", async () => {
    const { machine } = host;
    const group = await machine.shell("getent group gitops-agent | cut -d: -f3");
    const member = ["setpriv", "--reuid=65534", "--regid=65534", `--groups=${group}`];
    expect((await machine.run([...member, "gitops-agent", "status"])).exitCode).toBe(0);
    const stranger = await machine.run([...nobody, "gitops-agent", "status"]);
    expect(stranger.exitCode).toBe(4);
    expect(stranger.stderr).toMatch(/^hint: .*gitops-agent/m);
    expect((await machine.run([...member, "gitops-agent", "sync"])).exitCode).toBe(4);
  });

  it("names the mistakes of agent.yaml with their places, and exits with 2 without being restarted for ever", async () => {
    const { machine } = host;
    await machine.shell(
      "cp /etc/gitops-agent/agent.yaml /root/good; echo 'intervall: 5s' >>/etc/gitops-agent/agent.yaml",
    );
    // The agent that runs does not know of it yet, and still tells how the host does.
    expect((await host.run("status")).exitCode).toBe(0);
    const { exitCode, stderr } = await host.run("plan");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/agent\.yaml:\d+:1: error: .*intervall/);
    expect(stderr).toContain("interval");
    await machine.run(["systemctl", "restart", "gitops-agent.service"]);
    expect(await host.activeState("gitops-agent.service")).toBe("failed");
    expect((await host.run("status")).exitCode).toBe(2);
    await machine.shell("cp /root/good /etc/gitops-agent/agent.yaml; systemctl restart gitops-agent.service");
  });

  it("without agent.yaml starts nothing, so that a host on which it is only installed is not degraded", async () => {
    const { machine } = host;
    const agentUnits = ["gitops-agent.service", "gitops-agent-credentials.service"];
    await machine.shell("mv /etc/gitops-agent/agent.yaml /root/good; systemctl enable gitops-agent.service");
    await machine.reboot();
    expect(await machine.shell("systemctl is-system-running --wait || true")).toBe("running");
    for (const unit of agentUnits) {
      const found = await machine.properties(unit, ["ActiveState", "ConditionResult", "Result"]);
      expect(found).toEqual({ ActiveState: "inactive", ConditionResult: "no", Result: "success" });
    }
    expect((await machine.run(["systemctl", "start", ...agentUnits])).exitCode).toBe(0);
    const { stdout } = await machine.run(["systemctl", "status", "gitops-agent.service"]);
    expect(stdout).toContain("ConditionPathExists=/etc/gitops-agent/agent.yaml was not met");
    await machine.shell("mv /root/good /etc/gitops-agent/agent.yaml");
    await host.start();
    expect(await host.activeState("gitops-agent.service")).toBe("active");
  });

  it("is upgraded as a whole, and the build before stays until the next upgrade", async () => {
    const { machine } = host;
    const upgrade = async (number: number) => {
      const source = `/opt/upgrade-${number}`;
      await machine.shell(
        `mkdir ${source} && cp -r /opt/gitops-agent-source/{dist,systemd,config-example} ${source}`,
      );
      await machine.shell(`echo "// ${number}" >> "$(ls ${source}/dist/parts/*.cjs | head -1)"`);
      await machine.check([`${source}/systemd/install.sh`]);
      return machine.shell('dirname "$(realpath /usr/local/bin/gitops-agent)"');
    };
    const first = await machine.shell('dirname "$(realpath /usr/local/bin/gitops-agent)"');
    const second = await upgrade(2);
    expect((await machine.shell(`ls -d ${path.dirname(first)}/*`)).split("\n").sort()).toEqual(
      [first, second].sort(),
    );
    const third = await upgrade(3);
    expect((await machine.shell(`ls -d ${path.dirname(first)}/*`)).split("\n").sort()).toEqual(
      [second, third].sort(),
    );
    expect((await host.run("--version")).exitCode).toBe(0);
    await machine.check(["systemctl", "restart", "gitops-agent.service"]);
    expect(await host.activeState("gitops-agent.service")).toBe("active");
  });

  it("tells usage errors from bugs", async () => {
    expect((await host.run("frobnicate")).exitCode).toBe(2);
    expect((await host.run("stauts")).stderr).toMatch(/^hint: did you mean status\?$/m);
    expect((await host.run("--version")).exitCode).toBe(0);
  });

  it("reads a repository that belongs to another user", async () => {
    await host.machine.check(["chown", "-R", "nobody", repositoryPath]);
    await host.machine.check(["git", "config", "--global", "--add", "safe.directory", repositoryPath]);
    await host.deploy({ "units/b.service": sleeper() });
    expect(await host.activeState("b.service")).toBe("active");
  });
});
