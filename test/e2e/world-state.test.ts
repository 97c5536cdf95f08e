/** A state file that is damaged, of another version, or lost: never guessed, always said, and mended by what the hint says. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const inventory = "/var/lib/gitops-agent/inventory.json";
const distributionUnit = "/usr/local/lib/systemd/system/foreign.service";
const units = [
  "a.service",
  "consumer.service",
  "foreign.service",
  "echo.socket",
  "night.timer",
  "w@linked.service",
  "w@listed.service",
  "w@manual.service",
];

describeOnEachRoot("a host whose agent cannot read its state", (boot) => {
  let host: AgentHost;
  let before: ReadonlyMap<string, string>;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    const { machine } = host;
    await machine.writeFile(distributionUnit, "[Service]\nExecStart=/bin/sleep infinity\n");
    await machine.shell("systemctl daemon-reload; systemctl start foreign.service");
    await host.push({
      "gitops.yaml": "units: { w@.service: { instances: [listed] } }\n",
      "units/a.service": sleeper(),
      "units/consumer.service": sleeper(),
      "units/foreign.service.d/x.conf": "[Service]\nEnvironment=V=1\n",
      "units/echo.socket": "[Socket]\nListenStream=/run/echo.sock\n[Install]\nWantedBy=sockets.target\n",
      "units/echo.service": "[Service]\nExecStart=/bin/sleep infinity\n",
      "units/night.timer": `[Timer]\nOnCalendar=2099-01-01\n${enabled}`,
      "units/night.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
      "units/w@.service": sleeper(),
      "units/w@linked.service": { symlink: "w@.service" },
      "units/masked.service": { symlink: "/dev/null" },
      "files/etc/world": "1\n",
      "secrets/consumer.service/token.age": await host.encrypt("kept"),
    });
    await host.start();
    await waitUntilSynced();
    await machine.check(["systemctl", "start", "w@manual.service"]);
  });

  beforeEach(async () => {
    before = await host.machine.invocationIds(units);
  });

  async function waitUntilSynced(): Promise<void> {
    await host.machine.waitFor("the agent to be in sync", async () => {
      const { sync, agent } = await host.status();
      return agent.running && sync.state === "in-sync";
    });
  }

  describe.each([
    { what: "is cut off", spoil: `truncate --size=-100 ${inventory}`, message: /damaged or cut off/ },
    { what: "is empty", spoil: `truncate --size=0 ${inventory}`, message: /it is empty/ },
    {
      what: "is of a newer version",
      spoil: `sed -i 's/"version":1/"version":2/' ${inventory}`,
      message: /it has version 2/,
    },
  ])("because the inventory $what", ({ spoil, message }) => {
    it("changes nothing, says what to do, does not spin, and goes on when the file is back", async () => {
      const { machine } = host;
      const since = await machine.check(["date", "+@%s"]);
      await machine.shell(`cp -a ${inventory} /root/inventory.json; ${spoil}`);
      const commit = await host.push({ "units/a.service": sleeper(`Environment=AT=${since}\n`) });
      const journal = await machine.waitFor("the agent to give up", async () => {
        const text = await machine.journal({ unit: "gitops-agent.service", since });
        return message.test(text) && text;
      });
      expect(journal).toContain(inventory);
      expect(journal).toMatch(/hint: /);
      const sync = await host.run("sync");
      expect(sync.exitCode).toBe(3);
      expect(sync.stderr).toMatch(message);
      const status = await host.run("status");
      expect(status.exitCode).toBe(3);
      expect(status.stderr).toMatch(message);
      expect(await machine.invocationIds(units)).toEqual(before);
      expect(await machine.readFile("/etc/systemd/system/a.service")).not.toContain(since);
      // systemd waits this long before it starts the agent again, so that a lasting mistake costs next to nothing.
      expect(await machine.properties("gitops-agent.service", ["RestartUSec"])).toEqual({
        RestartUSec: "5s",
      });
      await machine.check(["cp", "-a", "/root/inventory.json", inventory]);
      expect((await host.waitUntilAttempted(commit)).sync.state).toBe("in-sync");
      const after = await machine.invocationIds(units);
      expect(units.filter((unit) => after.get(unit) !== before.get(unit))).toEqual(["a.service"]);
    });
  });

  it("takes over what matches git, and restarts nothing, when the inventory is lost", async () => {
    const { machine } = host;
    await machine.check(["systemctl", "stop", "gitops-agent.service"]);
    await machine.check(["rm", inventory]);
    await host.start();
    await machine.waitFor("a new inventory", async () => machine.exists(inventory));
    await waitUntilSynced();
    expect(await machine.invocationIds(units)).toEqual(before);
    expect((await host.status()).drift).toEqual([]);
    expect((await host.run("plan")).exitCode).toBe(0);
    await host.deploy({ "units/w@.service": sleeper("Environment=V=2\n") });
    const after = await machine.invocationIds(units);
    const instances = units.filter((unit) => unit.startsWith("w@"));
    expect(units.filter((unit) => after.get(unit) !== before.get(unit))).toEqual(instances);
    await host.deploy({ "units/a.service": null });
    expect(await machine.exists("/etc/systemd/system/a.service")).toBe(false);
    expect(await host.activeState("a.service")).toBe("inactive");
  });

  it("starts the record of past syncs anew when that is damaged", async () => {
    const { machine } = host;
    await machine.check(["systemctl", "stop", "gitops-agent.service"]);
    await machine.check(["truncate", "--size=20", "/var/lib/gitops-agent/sync.json"]);
    const since = await machine.check(["date", "+@%s"]);
    await host.start();
    await waitUntilSynced();
    expect(await machine.journal({ unit: "gitops-agent.service", since, priority: "warning" })).toContain(
      "sync.json",
    );
    expect(await machine.invocationIds(units)).toEqual(before);
  });
});
