/** Questions of src/systemd to a real systemd, and what it tells it of the agent: both agree with systemctl. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bundleDriver,
  type DriverBundle,
  driverPath,
  driveSystemd,
  installUnits,
} from "../support/machine/drive-systemd.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";
import type { DriverOptions, DriverStep } from "../support/machine/systemd-driver.ts";

const units = {
  "many@.service": "[Service]\nExecStart=sleep infinity\n",
  "steady.service": "[Service]\nExecStart=sleep infinity\n[Install]\nAlias=steadfast.service\n",
  "obedient.service": "[Service]\nExecStart=sleep infinity\nExecReload=true\n",
  "failing.service": "[Service]\nType=oneshot\nExecStart=sh -c 'exit 7'\n",
  "nightly.service": "[Service]\nType=oneshot\nExecStart=true\n",
  "nightly.timer": "[Timer]\nOnCalendar=*-*-* 03:00\n",
  "uptime.timer": "[Timer]\nOnStartupSec=10h\nUnit=nightly.service\n",
  "idle.timer": "[Timer]\nOnUnitActiveSec=1h\nUnit=steady.service\n",
  "unused.service": "[Service]\nExecStart=sleep infinity\n",
  "talker.service":
    // KillMode= as the agent's own unit has it: else systemd may end the process that sends the last words as well.
    "[Service]\nType=notify\nNotifyAccess=all\nWatchdogSec=4\nKillMode=mixed\n" +
    "ExecStopPost=sh -c 'systemctl show --property=StatusText talker.service >/run/last-words'\n" +
    `ExecStart=node ${driverPath} '{"steps":[{"do":"notify","status":"100%% fine"}]}'\n`,
};

function unitOf(units: Record<string, object>, name: string): Record<string, unknown> {
  return { ...units[name] };
}

let bundle: DriverBundle;
beforeAll(async () => {
  bundle = await bundleDriver();
});
afterAll(async () => {
  await bundle.remove();
});

describeOnEachRoot("the systemd room, asking", (boot) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await boot({ binds: [bundle.bind] });
    await installUnits(machine, units);
    await machine.check(["systemctl", "start", "nightly.timer", "uptime.timer"]);
  });

  async function driveOne(step: DriverStep, options: DriverOptions = {}): Promise<unknown> {
    return (await driveSystemd(machine, [step], options))[0];
  }

  test("observes what systemctl shows, for units of every kind of fate", async () => {
    await machine.shell(
      "systemctl start steady.service obedient.service; systemctl enable steady.service; systemctl start failing.service || true",
    );
    await machine.writeFile("/etc/systemd/system/obedient.service.d/late.conf", "[Service]\nNice=1\n");
    const names = [
      "steady.service",
      "steadfast.service",
      "failing.service",
      "nightly.service",
      "obedient.service",
      "absent.service",
      "many@.service",
      "unused.service",
      "not a unit",
    ];
    const [units, existing, loaded] = (await driveSystemd(machine, [
      { do: "readUnits", names },
      { do: "listExisting", names },
      { do: "listLoaded", names: ["stead*", "many@*", "nightly.*", "absent*"] },
    ])) as [Record<string, unknown>, string[], string[]];
    const { InvocationID: invocationId } = await machine.properties("steady.service", ["InvocationID"]);
    const steady = {
      name: "steady.service",
      activeState: "active",
      subState: "running",
      invocationId,
      job: null,
    };
    expect(units["steady.service"]).toMatchObject(steady);
    expect(units["steadfast.service"]).toMatchObject(steady);
    expect(units["failing.service"]).toMatchObject({ activeState: "failed" });
    expect(units["nightly.service"]).toMatchObject({
      activeState: "inactive",
      invocationId: null,
      startedAtUs: 0,
    });
    expect(units["absent.service"]).toMatchObject({ loadState: "not-found", activeState: "inactive" });
    expect(units["unused.service"]).toEqual({
      name: "unused.service",
      loadState: "loaded",
      activeState: "inactive",
      subState: "dead",
      job: null,
      invocationId: null,
      startedAtUs: 0,
    });
    expect(units["many@.service"]).toMatchObject({ loadState: "template", activeState: "inactive" });
    expect(units["not a unit"]).toMatchObject({ loadState: "not-found", activeState: "inactive" });
    expect(existing).toEqual(expect.arrayContaining(["unused.service", "failing.service", "many@.service"]));
    expect(existing).not.toContain("absent.service");
    expect(existing).not.toContain("not a unit");
    expect([...loaded].sort()).toEqual(["nightly.service", "nightly.timer", "steady.service"]);
  });

  test("says the same of a unit whether it is asked about few units or about many", async () => {
    await machine.shell(
      "systemctl start steady.service nightly.timer; systemctl start failing.service || true",
    );
    const few = ["steady.service", "failing.service", "nightly.service", "nightly.timer", "unused.service"];
    const many = [...few, ...Array.from({ length: 40 }, (_, index) => `absent-${index}.service`)];
    for (const step of ["readUnits", "readStatus"] as const) {
      const [ofFew, ofMany] = (await driveSystemd(machine, [
        { do: step, names: few },
        { do: step, names: many },
      ])) as [Record<string, object>, Record<string, object>];
      for (const name of few) {
        // Measured and shown, not decided by.
        const { cpuUsageNs: _, memoryCurrentBytes: __, ...rest } = unitOf(ofFew, name);
        expect(ofMany[name]).toMatchObject(rest);
      }
    }
  });

  test("reloads systemd, which then knows the new definition", async () => {
    await machine.writeFile("/etc/systemd/system/obedient.service.d/later.conf", "[Service]\nNice=2\n");
    const question = { do: "readLoaded", names: ["obedient.service"] } as const;
    const [before, , after] = await driveSystemd(machine, [question, { do: "reload" }, question]);
    expect(before).toMatchObject({ "obedient.service": { needDaemonReload: true } });
    expect(after).toMatchObject({ "obedient.service": { needDaemonReload: false } });
  });

  test("tells how units do, in the numbers that systemctl has", async () => {
    await machine.shell(
      "systemctl start steady.service nightly.service; systemctl start failing.service || true",
    );
    const names = [
      "steady.service",
      "failing.service",
      "nightly.service",
      "system.slice",
      "basic.target",
      "absent.service",
      "unused.service",
    ];
    const status = (await driveOne({ do: "readStatus", names })) as Record<string, unknown>;
    const shown = await machine.properties("steady.service", ["CPUUsageNSec"]);
    expect(status["steady.service"]).toMatchObject({
      activeState: "active",
      result: "success",
      cpuUsageNs: Number(shown["CPUUsageNSec"]),
      service: { mainExit: null, nRestarts: 0 },
      timer: null,
    });
    expect(status["failing.service"]).toMatchObject({
      activeState: "failed",
      result: "exit-code",
      service: { mainExit: { how: "exited", status: 7 } },
    });
    expect(status["nightly.service"]).toMatchObject({ service: { mainExit: { how: "exited", status: 0 } } });
    expect(status["system.slice"]).toMatchObject({ result: null, service: null });
    expect(status["basic.target"]).toMatchObject({ activeState: "active", cpuUsageNs: null });
    expect(status["absent.service"]).toMatchObject({ loadState: "not-found" });
    expect(status["unused.service"]).toMatchObject({
      loadState: "loaded",
      activeState: "inactive",
      activeEnterUs: 0,
      result: "success",
      service: { mainExit: null, nRestarts: 0 },
    });
  });

  test("knows when timers elapse next, on either clock, and which never will", async () => {
    const names = ["nightly.timer", "uptime.timer", "idle.timer"];
    const status = (await driveOne({ do: "readStatus", names })) as Record<
      string,
      { timer: { nextElapseUs: number | null; lastTriggerUs: number } }
    >;
    const shown = JSON.parse(await machine.check(["systemctl", "list-timers", "--all", "--output=json"])) as {
      unit: string;
      next: number;
    }[];
    const expected = new Map(shown.map(({ unit, next }) => [unit, next]));
    expect(status["nightly.timer"]?.timer.nextElapseUs).toBe(expected.get("nightly.timer"));
    // systemctl converts with its own reading of the clocks.
    const minutesApart =
      (status["uptime.timer"]?.timer.nextElapseUs ?? 0) - (expected.get("uptime.timer") ?? 0);
    expect(minutesApart / 60_000_000).toBeCloseTo(0, 1);
    expect(status["idle.timer"]?.timer).toMatchObject({ nextElapseUs: null, lastTriggerUs: 0 });
  });

  test("says where it looked when there is no bus", async () => {
    const result = await driveOne({ do: "reload" }, { busAddress: "unix:path=/run/nowhere" });
    expect(result).toEqual({
      error: {
        code: "systemd-unreachable",
        message: expect.stringMatching(/cannot connect to systemd over D-Bus: .*ENOENT.*\/run\/nowhere/u),
        hint: expect.stringContaining("systemctl status dbus.socket"),
      },
    });
  });

  test("tells systemd that the agent is ready, lives and stops", async () => {
    await machine.check(["systemctl", "start", "talker.service"]);
    const names = ["ActiveState", "StatusText", "WatchdogTimestampMonotonic", "MainPID"];
    const started = await machine.properties("talker.service", names);
    expect(started).toMatchObject({ ActiveState: "active", StatusText: "100% fine" });
    await machine.waitFor("two watchdog reports", async () => {
      const { WatchdogTimestampMonotonic } = await machine.properties("talker.service", names);
      return Number(WatchdogTimestampMonotonic) > Number(started["WatchdogTimestampMonotonic"]) + 3_000_000;
    });
    expect(await machine.properties("talker.service", ["MainPID"])).toEqual({ MainPID: started["MainPID"] });
    await machine.check(["systemctl", "stop", "talker.service"]);
    expect(await machine.properties("talker.service", ["Result"])).toEqual({ Result: "success" });
    expect(await machine.readFile("/run/last-words")).toBe("StatusText=stopping as asked\n");
  });

  test("says that systemd limits how often it reloads, where it does", async () => {
    // The last test: from here on this machine refuses. systemd has this limit since 253.
    const version = Number(/\d+/u.exec(await machine.check(["systemctl", "--version"]))?.[0]);
    const dropIn = "/run/systemd/system.conf.d/limit.conf";
    await machine.writeFile(dropIn, "[Manager]\nReloadLimitIntervalSec=1h\nReloadLimitBurst=2\n");
    await machine.check(["systemctl", "daemon-reexec"]);
    const results = await driveSystemd(machine, [{ do: "reload" }, { do: "reload" }, { do: "reload" }]);
    if (version < 253) expect(results).toEqual([null, null, null]);
    else {
      expect(results[2]).toEqual({
        error: {
          code: "systemd-refused",
          message: expect.stringContaining("rate limit"),
          hint: expect.stringContaining("ReloadLimitIntervalSec="),
        },
      });
    }
  });
});
