/** A bus and a systemd that are replaced under the agent, while it waits and while it applies. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

/** Starts only once the gate is open: the middle of a batch of jobs, for as long as a test needs it. */
const gated = (version: number) =>
  `[Service]\nExecStartPre=/bin/sh -c 'until [ -e /run/gate ]; do sleep 0.05; done'\nExecStart=/bin/sleep infinity\nEnvironment=V=${version}\n${enabled}`;

const upheavals = {
  "dbus-daemon is restarted": "systemctl restart dbus.service",
  "dbus-daemon is killed": "systemctl kill --signal=KILL dbus.service",
  "systemd re-executes itself": "systemctl daemon-reexec",
};

describeOnEachRoot("an agent whose world is replaced", (boot) => {
  let host: AgentHost;
  let version = 0;
  const units = ["gated.service", "plain.service", "stays.service"];

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.machine.check(["touch", "/run/gate"]);
    await host.push(makeChange());
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  function makeChange() {
    version += 1;
    return {
      "units/gated.service": gated(version),
      "units/plain.service": sleeper(`Environment=V=${version}\n`),
      "units/stays.service": sleeper(),
    };
  }

  /** The new version runs, each unit was restarted once, and it is the same agent as before. */
  async function expectApplied(before: ReadonlyMap<string, string>, agent: string): Promise<void> {
    const { machine } = host;
    const after = await machine.invocationIds(units);
    expect(units.filter((unit) => after.get(unit) !== before.get(unit))).toEqual([
      "gated.service",
      "plain.service",
    ]);
    expect(await machine.properties("gated.service", ["ActiveState", "Environment"])).toEqual({
      ActiveState: "active",
      Environment: `V=${version}`,
    });
    expect(await host.invocationId("gitops-agent.service")).toBe(agent);
    expect((await host.run("plan")).exitCode).toBe(0);
    expect((await host.status()).drift).toEqual([]);
  }

  for (const [upheaval, command] of Object.entries(upheavals)) {
    it(`goes on when ${upheaval} while it waits`, async () => {
      const { machine } = host;
      const before = await machine.invocationIds(units);
      const agent = await host.invocationId("gitops-agent.service");
      await machine.shell(
        `${command}; until busctl status org.freedesktop.systemd1 >/dev/null 2>&1; do sleep 0.05; done`,
      );
      await host.deploy(makeChange());
      await expectApplied(before, agent);
    });

    it(`goes on when ${upheaval} in the middle of an apply`, async () => {
      const { machine } = host;
      const before = await machine.invocationIds(units);
      const agent = await host.invocationId("gitops-agent.service");
      await machine.check(["rm", "/run/gate"]);
      const commit = await host.push(makeChange());
      await machine.waitFor("the agent's job", async () =>
        (await machine.check(["systemctl", "list-jobs", "--no-legend"])).includes("gated.service"),
      );
      await machine.shell(
        `${command}; until busctl status org.freedesktop.systemd1 >/dev/null 2>&1; do sleep 0.05; done`,
      );
      await machine.check(["touch", "/run/gate"]);
      await host.waitUntilAttempted(commit);
      await machine.waitFor(
        "the sync to end well",
        async () => (await host.status()).sync.state === "in-sync",
      );
      await expectApplied(before, agent);
    });
  }
});
