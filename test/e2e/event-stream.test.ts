/** People who watch: events as they come, progress, and a watch that is left with Ctrl-C without any effect on the sync. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

describeOnEachRoot("the events of an agent", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.machine.shell("useradd --groups gitops-agent reader");
    await host.start();
    await host.deploy({ "units/web.service": sleeper("Environment=V=1\n") });
  });

  /** Runs a command in the background, with its output in a file of the machine. */
  async function runBeside(unit: string, ...argv: readonly string[]): Promise<string> {
    const output = `/run/${unit}.out`;
    await host.machine.check([
      "systemd-run",
      `--unit=${unit}`,
      `--property=StandardOutput=file:${output}`,
      "--collect",
      ...argv,
    ]);
    return output;
  }

  it("are seen by a member of the group while they happen, also over a restart of the agent", async () => {
    const argv = ["runuser", "-u", "reader", "--", "gitops-agent", "events", "--follow"];
    const output = await runBeside("watcher", ...argv);
    const read = () => host.machine.readFile(output);
    await host.machine.waitFor("the first events", async () =>
      (await read()).includes("unit.started unit=web.service"),
    );
    await host.deploy({ "units/web.service": sleeper("Environment=V=2\n") });
    await host.machine.waitFor("the restart", async () =>
      (await read()).includes("unit.restarted unit=web.service"),
    );
    await host.machine.check(["systemctl", "restart", "gitops-agent"]);
    await host.machine.waitFor(
      "the new agent",
      async () => (await read()).split("agent.started").length === 3,
    );
    expect((await read()).split("unit.restarted unit=web.service")).toHaveLength(2);
    await host.machine.check(["systemctl", "stop", "watcher"]);
  });

  it("are JSON lines for a program, and only about the units that it names", async () => {
    await host.deploy({ "units/web.service": sleeper("Environment=V=3\n"), "units/db.service": sleeper() });
    const { stdout } = await host.run("events", "--json", "db.service");
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly event: string });
    expect(events).toContainEqual(
      expect.objectContaining({
        version: 1,
        event: "unit.started",
        fields: expect.objectContaining({ unit: "db.service" }),
      }),
    );
    expect(stdout).not.toContain("web.service");
    expect((await host.run("events", "--since", "yesterdayish")).exitCode).toBe(2);
  });

  it("show what a sync does on a terminal, and Ctrl-C ends the watching only", async () => {
    const slow = `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'until [ -e /run/go ]; do sleep 0.1; done'
[Install]
WantedBy=multi-user.target
`;
    await host.machine.check(["systemctl", "stop", "gitops-agent"]);
    await host.push({ "units/web.service": sleeper("Environment=V=4\n"), "units/slow.service": slow });
    await host.run("suspend");
    await host.machine.check(["systemctl", "start", "gitops-agent"]);
    const typescript = "/run/sync.typescript";
    await runBeside("typist", "script", "--quiet", "--flush", "--command", "gitops-agent resume", typescript);
    await host.machine.waitFor("the progress to be shown", async () =>
      /… starting/.test(await host.machine.readFile(typescript)),
    );
    await host.machine.check(["pkill", "-INT", "-f", "gitops-agent resume$"]);
    await host.machine.waitFor("the watching to end", async () => {
      const { ActiveState } = await host.machine.properties("typist.service", ["ActiveState"]);
      return ActiveState !== "active";
    });
    expect(await host.machine.properties("slow.service", ["ActiveState"])).toEqual({
      ActiveState: "activating",
    });
    await host.machine.shell("touch /run/go");
    await host.waitUntilActive("slow.service");
    await host.machine.waitFor("the sync to end", async () => (await host.status()).sync.state === "in-sync");
  });

  it("need a terminal to be watched as a status", async () => {
    const { exitCode, stderr } = await host.run("status", "--watch");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("needs a terminal")]);
  });
});
