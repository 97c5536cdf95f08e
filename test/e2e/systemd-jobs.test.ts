/** Jobs of src/systemd against a real systemd: every one gets its result, whatever happens to the bus and to systemd meanwhile. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bundleDriver,
  type DriverBundle,
  driveSystemd,
  installUnits,
} from "../support/machine/drive-systemd.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";
import type { DriverOptions, DriverStep } from "../support/machine/systemd-driver.ts";

const gate = "until [ -e /run/gate ]; do sleep 0.05; done";
const units = {
  "many@.service": "[Service]\nExecStart=sleep infinity\n",
  "steady.service": "[Service]\nExecStart=sleep infinity\n[Install]\nAlias=steadfast.service\n",
  "obedient.service": "[Service]\nExecStart=sleep infinity\nExecReload=true\n",
  "failing.service": "[Service]\nType=oneshot\nExecStart=sh -c 'exit 7'\n",
  "needy.service":
    "[Unit]\nRequires=failing.service\nAfter=failing.service\n[Service]\nExecStart=sleep infinity\n",
  "gated.service": `[Service]\nExecStartPre=sh -c '${gate}'\nExecStart=sleep infinity\n`,
  "gated-task.service": `[Service]\nType=oneshot\nExecStart=sh -c '${gate}; exit 3'\n`,
  "pulling.service":
    "[Unit]\nSourcePath=/etc/containers/systemd/pulling.container\n[Service]\nType=notify\nExecStart=sleep infinity\n",
  "nightly.service": "[Service]\nType=oneshot\nExecStart=true\n",
};

let bundle: DriverBundle;
beforeAll(async () => {
  bundle = await bundleDriver();
});
afterAll(async () => {
  await bundle.remove();
});

describeOnEachRoot("the systemd room, running jobs", (boot) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await boot({ binds: [bundle.bind] });
    await machine.check(["ln", "-s", "/dev/null", "/etc/systemd/system/masked.service"]);
    await installUnits(machine, units);
  });

  async function driveOne(step: DriverStep, options: DriverOptions = {}): Promise<unknown> {
    return (await driveSystemd(machine, [step], options))[0];
  }

  test("restarts 200 services and hears of every one that it is done", async () => {
    const names = Array.from({ length: 200 }, (_, index) => `many@${index}.service`);
    await machine.check(["systemctl", "start", ...names]);
    const before = await machine.invocationIds(names);
    const jobs = names.map((unit) => ({ unit, verb: "restart" as const }));
    const results = await driveSystemd(machine, [
      { do: "runJobs", jobs },
      { do: "readUnits", names },
    ]);
    const after = await machine.invocationIds(names);
    expect(results[0]).toEqual(jobs.map((job) => ({ ...job, result: "done" })));
    const observed = results[1] as Record<string, { invocationId: string }>;
    for (const name of names) {
      expect(after.get(name)).not.toBe(before.get(name));
      expect(observed[name]?.invocationId).toBe(after.get(name));
    }
    await machine.check(["systemctl", "stop", ...names]);
  });

  test("gives every job its own result and says in systemd's words why one was refused", async () => {
    await machine.check(["systemctl", "start", "steady.service", "obedient.service"]);
    const results = await driveOne({
      do: "runJobs",
      jobs: [
        { unit: "failing.service", verb: "start" },
        { unit: "needy.service", verb: "start" },
        { unit: "absent.service", verb: "start" },
        { unit: "many@.service", verb: "start" },
        { unit: "masked.service", verb: "start" },
        { unit: "steady.service", verb: "reload" },
        { unit: "obedient.service", verb: "reload" },
        { unit: "steady.service", verb: "stop" },
      ],
    });
    expect(results).toMatchObject([
      { result: "failed" },
      { result: "dependency" },
      { result: "refused", message: "Unit absent.service not found." },
      { result: "refused", message: expect.stringContaining("many@.service") },
      { result: "refused", message: expect.stringContaining("masked") },
      { result: "refused", message: expect.stringContaining("Job type reload is not applicable") },
      { result: "done" },
      { result: "done" },
    ]);
    expect(await machine.properties("steady.service", ["ActiveState"])).toEqual({ ActiveState: "inactive" });
  });

  test("goes on after dbus-daemon was restarted between two questions", async () => {
    const question: DriverStep = { do: "readUnits", names: ["dbus.service"] };
    const results = await driveSystemd(machine, [
      question,
      { do: "command", argv: ["systemctl", "restart", "dbus.service"] },
      question,
      { do: "runJobs", jobs: [{ unit: "nightly.service", verb: "start" }] },
    ]);
    expect(results[2]).toMatchObject({ "dbus.service": { activeState: "active" } });
    expect(results[3]).toMatchObject([{ result: "done" }]);
  });

  const upheavals = {
    "dbus-daemon is restarted": "systemctl restart dbus.service",
    "dbus-daemon is killed": "systemctl kill --signal=KILL dbus.service",
    "systemd re-executes itself": "systemctl daemon-reexec",
    "systemd reloads": "systemctl daemon-reload",
  };
  for (const [upheaval, command] of Object.entries(upheavals)) {
    test(`learns how jobs ended although ${upheaval} while they ran`, async () => {
      await machine.shell("rm -f /run/gate; systemctl stop gated.service; systemctl reset-failed");
      const script = [
        // Until both jobs run.
        'until [ "$(systemctl list-jobs --no-legend | grep -c "gated.*running")" = 2 ]; do sleep 0.05; done',
        command,
        "until busctl status org.freedesktop.systemd1 >/dev/null 2>&1; do sleep 0.05; done",
        "touch /run/gate",
      ];
      const jobs = [
        { unit: "gated.service", verb: "restart" as const },
        { unit: "gated-task.service", verb: "start" as const },
      ];
      const results = await driveOne({ do: "runJobs", jobs, meanwhile: ["bash", "-c", script.join("\n")] });
      expect(results).toMatchObject([{ result: "done" }, { result: "failed" }]);
    });
  }

  test("ends the waiting when the time is up or the caller says so, and leaves the job to systemd", async () => {
    await machine.shell("rm -f /run/gate; systemctl stop gated.service");
    const jobs = [{ unit: "gated.service", verb: "start" as const }];
    const timedOut = await driveOne({ do: "runJobs", jobs, timeoutMs: 100 });
    expect(timedOut).toMatchObject([{ result: "timeout", message: expect.stringContaining("0.1 s") }]);
    const aborted = await driveOne({ do: "runJobs", jobs, meanwhile: ["true"], abort: true });
    expect(aborted).toMatchObject([{ result: "aborted" }]);
    expect(await machine.check(["systemctl", "list-jobs", "--no-legend"])).toContain("gated.service");
    await machine.shell("touch /run/gate; systemctl start gated.service; systemctl stop gated.service");
  });

  test("does not wait on for a container that podman has not started yet, once its patience is over", async () => {
    const jobs = [{ unit: "pulling.service", verb: "start" as const, patienceMs: 100 }];
    expect(await driveOne({ do: "runJobs", jobs, timeoutMs: 60_000 })).toMatchObject([
      { result: "unfinished", message: expect.stringContaining("pulling the image") },
    ]);
    await machine.check(["systemctl", "stop", "pulling.service"]);
  });
});
