/** What systemd stops along with something that a commit stops or restarts runs again, by whatever it is tied to it. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const service = (unit: string, body = "") =>
  `[Unit]\n${unit}\n[Service]\nExecStart=/bin/sleep infinity\n${body}${enabled}`;
const mount = "[Mount]\nWhat=tmpfs\nWhere=/srv/data\nType=tmpfs\n[Install]\nWantedBy=multi-user.target\n";

describeOnEachRoot("a unit that systemd takes along", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml: "prune-limit: 100%\nprotect: [sshd-like.service]\n" });
    await host.machine.check(["mkdir", "-p", "/srv/data"]);
    await host.push({ "units/stays.service": sleeper() });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  /** Every test begins with nothing but one service. */
  beforeEach(async () => {
    await host.deploy({ units: null, files: null, "gitops.yaml": null, "units/stays.service": sleeper() });
  });

  /** Pushes `changes`; what `names` are must run after that, with a reason in the last history entry where they were started. */
  async function expectRunningAfter(changes: FixtureChanges, ...names: readonly string[]): Promise<void> {
    const status = await host.deploy(changes);
    for (const name of names) expect(await host.activeState(name), name).toBe("active");
    expect(status.sync.failedUnits).toEqual([]);
  }

  it("is not even interrupted when the slice that it is in is removed", async () => {
    await host.deploy({
      "units/app.slice": "[Slice]\nCPUWeight=50\n",
      "units/in.service": service("", "Slice=app.slice\n"),
    });
    const running = await host.invocationId("in.service");
    await expectRunningAfter({ "units/app.slice": null }, "in.service");
    expect(await host.invocationId("in.service")).toBe(running);
    const loaded = await host.machine.properties("app.slice", ["FragmentPath", "CPUWeight", "ActiveState"]);
    expect(loaded).toEqual({ FragmentPath: "", CPUWeight: "[not set]", ActiveState: "active" });
  });

  it("runs again after the mount below it is removed", async () => {
    await host.deploy({
      "units/srv-data.mount": mount,
      "units/needs.service": service("RequiresMountsFor=/srv/data"),
      "units/works.service": service("", "WorkingDirectory=/srv/data\n"),
    });
    await expectRunningAfter({ "units/srv-data.mount": null }, "needs.service", "works.service");
    expect(await host.activeState("srv-data.mount")).toBe("inactive");
  });

  it("runs again after the mount below it is restarted", async () => {
    await host.deploy({
      "units/srv-data.mount": mount,
      "units/needs.service": service("RequiresMountsFor=/srv/data"),
    });
    await expectRunningAfter(
      { "units/srv-data.mount": mount.replace("What=tmpfs", "What=other") },
      "needs.service",
    );
  });

  it("runs again after a unit whose stop it follows is removed or restarted", async () => {
    await host.deploy({
      "units/origin.service": service(""),
      "units/other.service": service("PropagatesStopTo=follows.service"),
      "units/follows.service": service("StopPropagatedFrom=origin.service"),
    });
    await expectRunningAfter({ "units/origin.service": service("", "Nice=3\n") }, "follows.service");
    await expectRunningAfter({ "units/origin.service": null }, "follows.service");
    await expectRunningAfter({ "units/other.service": null }, "follows.service");
  });

  it("runs again after a unit that made itself required by it is removed", async () => {
    await host.deploy({
      "units/needed.service":
        "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nRequiredBy=user.service\n",
      "units/user.service": service(""),
    });
    await expectRunningAfter({ "units/needed.service": null }, "user.service");
  });

  it("runs again also when it is not ours", async () => {
    await host.machine.writeFile(
      "/etc/systemd/system/foreign.service",
      service("BindsTo=bound.service\nAfter=bound.service"),
    );
    await host.deploy({ "units/bound.service": service("") });
    await host.machine.check(["systemctl", "daemon-reload"]);
    await host.machine.check(["systemctl", "start", "foreign.service"]);
    await expectRunningAfter({ "units/bound.service": service("", "Nice=4\n") }, "foreign.service");
    await host.machine.shell(
      "systemctl stop foreign.service; rm /etc/systemd/system/foreign.service; systemctl daemon-reload",
    );
  });

  it("stays away when git removes it, although a unit that ran upheld it", async () => {
    await host.deploy({
      "units/up.service": service("Upholds=gone.service"),
      "units/gone.service": "[Service]\nExecStart=/bin/sleep infinity\n",
    });
    await host.waitUntilActive("gone.service");
    await expectRunningAfter({ "units/up.service": service(""), "units/gone.service": null }, "up.service");
    expect(await host.activeState("gone.service")).toBe("inactive");
  });

  it("stays down when git wants it stopped, although it made itself upheld by another one", async () => {
    await host.deploy({
      "units/up.service": service(""),
      "units/down.service": "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nUpheldBy=up.service\n",
    });
    await host.waitUntilActive("down.service");
    await expectRunningAfter(
      { "gitops.yaml": "units: { down.service: { state: stopped } }\n" },
      "up.service",
    );
    expect(await host.activeState("down.service")).toBe("inactive");
  });

  it("is named when a unit that cannot run beside it is started, and makes the host no worse than said", async () => {
    await host.deploy({ "units/first.service": service("") });
    await host.pushAndWait({ "units/second.service": service("Conflicts=first.service") });
    const journal = await host.journal();
    expect(journal).toMatch(/first\.service.*Conflicts=/);
    expect(await host.activeState("second.service")).toBe("active");
  });

  it("and is protected forbids the whole commit", async () => {
    await host.machine.writeFile("/etc/systemd/system/sshd-like.service", service("Requires=tunnel.service"));
    await host.deploy({ "units/tunnel.service": service("") });
    await host.machine.shell("systemctl daemon-reload; systemctl start sshd-like.service");
    const running = await host.machine.invocationIds(["sshd-like.service", "tunnel.service"]);
    for (const changed of [null, service("", "Nice=5\n")]) {
      const status = await host.pushAndWait({ "units/tunnel.service": changed });
      expect(status.sync.rejection).toMatchObject({ code: "protected" });
      expect(status.sync.rejection?.message).toContain("sshd-like.service");
      expect(await host.machine.invocationIds(["sshd-like.service", "tunnel.service"])).toEqual(running);
    }
    await host.machine.shell(
      "systemctl stop sshd-like.service; rm /etc/systemd/system/sshd-like.service; systemctl daemon-reload",
    );
  });

  it("runs with its own change when the restart of the unit that stops it takes the place of its restart", async () => {
    const both = (value: string) => ({
      "units/first.service": service("PropagatesStopTo=second.service", `Environment=A=${value}\n`),
      "units/second.service": service("", `Environment=A=${value}\n`),
    });
    await host.deploy(both("1"));
    await expectRunningAfter(both("2"), "first.service", "second.service");
    const { MainPID = "" } = await host.machine.properties("second.service", ["MainPID"]);
    expect(await host.machine.shell(`tr '\\0' '\\n' </proc/${MainPID}/environ`)).toContain("A=2");
  });
});
