/** Units that cannot run beside each other (Conflicts=): after a sync the same ones run as after a boot. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const service = (unit: string, rest = enabled) =>
  `[Unit]\n${unit}\n[Service]\nExecStart=/bin/sleep infinity\n${rest}`;

describeOnEachRoot("units that cannot run beside each other", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml: "prune-limit: 100%\n" });
    await host.push({ "units/stays.service": sleeper() });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  beforeEach(async () => {
    await host.deploy({ units: null, "units/stays.service": sleeper() });
  });

  const statesOf = (...units: readonly string[]) =>
    Promise.all(units.map(async (unit) => [unit, await host.activeState(unit)]));

  it("are both enabled: one is started, the warning says which and why, and a boot starts the same one", async () => {
    const { sync } = await host.deploy({
      "units/one.service": sleeper(),
      "units/other.service": service("Conflicts=one.service"),
    });
    const expected = [
      ["one.service", "inactive"],
      ["other.service", "active"],
    ];
    expect(await statesOf("one.service", "other.service")).toEqual(expected);
    expect(sync.state).toBe("in-sync");
    expect(await host.journal()).toContain(
      "one.service is enabled, and is not started: it cannot run beside other.service (Conflicts=)",
    );
    await host.machine.check(["systemctl", "disable", "gitops-agent.service"]);
    await host.machine.reboot();
    expect(await statesOf("one.service", "other.service")).toEqual(expected);
    await host.start();
  });

  it("do not end the one that is expected to run when the other was started by hand", async () => {
    await host.deploy({ "units/expected.service": sleeper(), "units/hand.service": service("", "") });
    await host.machine.check(["systemctl", "start", "hand.service"]);
    const running = await host.invocationId("expected.service");
    await host.deploy({ "units/hand.service": service("Conflicts=expected.service", "") });
    expect(await host.invocationId("expected.service")).toBe(running);
    expect(await host.activeState("hand.service")).toBe("inactive");
  });

  it("leave the expected one running although another unit pulls its rival in", async () => {
    const puller = (rest = "") => service("Wants=rival.service", `${rest}${enabled}`);
    await host.deploy({
      "units/expected.service": service("Conflicts=rival.service"),
      "units/rival.service": service("", ""),
      "units/puller.service": puller(),
    });
    const units = ["expected.service", "puller.service", "rival.service"] as const;
    const states = [
      ["expected.service", "active"],
      ["puller.service", "active"],
      ["rival.service", "inactive"],
    ];
    expect(await statesOf(...units)).toEqual(states);
    const running = await host.invocationId("puller.service");
    await host.deploy({ "units/puller.service": puller("Environment=A=1\n") });
    expect(await host.invocationId("puller.service")).not.toBe(running);
    expect(await statesOf(...units)).toEqual(states);
  });
});
