/** The test machine itself: what the other end-to-end tests take for granted. Tests nothing of gitops-agent. */
import { beforeAll, expect, test } from "vitest";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";

describeOnEachRoot("the test machine", (boot, root) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await boot({ hostname: "media-1" });
  });

  test("runs commands and returns their output and exit code", async () => {
    const argv = ["sh", "-c", 'cat; echo "$WORD $HOME" >&2; exit 3'];
    expect(await machine.run(argv, { stdin: "in ü\n", env: { WORD: "out" } })).toEqual({
      stdout: "in ü\n",
      stderr: "out /root\n",
      exitCode: 3,
    });
    await expect(machine.check(argv)).rejects.toThrow(/sh -c .*: exit code 3 on .*\nstderr:/su);
    await expect(machine.run(["sleep", "60"], { timeoutMs: 200 })).rejects.toThrow(
      "sleep 60: no end after 200 ms",
    );
  });

  test("is a host of its own, with the systemd, bus and node that the agent needs", async () => {
    expect(await machine.check(["hostname"])).toBe("media-1");
    expect(await machine.check(["cat", "/proc/1/comm"])).toBe("systemd");
    expect(
      await machine.shell(
        "busctl --system get-property org.freedesktop.systemd1 \\\n" +
          "/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager SystemState",
      ),
    ).toMatch(/running|degraded/u);
    expect(await machine.check(["node", "--version"])).toMatch(/^v\d+/u);
    expect(await machine.check(["systemctl", "list-units", "--failed", "--plain", "--no-legend"])).toBe("");
  });

  test("shows units, invocations and the journal", async () => {
    await machine.check(["systemd-run", "--unit=napper", "--property=Environment=A=1", "sleep", "infinity"]);
    const { MainPID } = await machine.properties("napper.service", ["MainPID", "ActiveState"]);
    expect(Number(MainPID)).toBeGreaterThan(1);
    const before = await machine.invocationIds(["napper.service", "dbus.service", "absent.service"]);
    await machine.check(["systemctl", "restart", "napper.service"]);
    const after = await machine.invocationIds(["napper.service", "dbus.service", "absent.service"]);
    expect(after.get("napper.service")).toMatch(/^[0-9a-f]{32}$/u);
    expect(after.get("napper.service")).not.toBe(before.get("napper.service"));
    expect(after.get("dbus.service")).toBe(before.get("dbus.service"));
    expect(after.get("absent.service")).toBe("");
    expect(await machine.journal({ unit: "napper.service", grep: "Started" })).toContain("napper.service");
    expect(await machine.journal({ grep: "no such line" })).toBe("");
  });

  test.skipIf(root === "host")("runs a quadlet with an image made on the spot", async () => {
    await machine.shell("cd /bin && tar --create busybox | podman import --quiet - localhost/tiny");
    const quadlet =
      "[Container]\nImage=localhost/tiny\nExec=/busybox sleep 1000\nNetwork=none\nPodmanArgs=--stop-signal=KILL\n";
    await machine.writeFile("/etc/containers/systemd/nap.container", quadlet);
    await machine.shell("systemctl daemon-reload; systemctl start nap.service");
    expect(await machine.check(["podman", "ps", "--format={{.Names}}"])).toBe("systemd-nap");
  });

  test("says what it waited for, and the last answer", async () => {
    const probe = async () => {
      throw new Error("still asleep");
    };
    const failure = machine.waitFor("the napper to wake", probe, 100);
    await expect(failure).rejects.toThrow(
      /waited 100 ms for the napper to wake on .*still asleep\njournal:\n.+/su,
    );
    expect(await machine.waitFor("a value", async () => "value")).toBe("value");
  });

  test("keeps the disk and the journal, and loses /run, over a reboot", async () => {
    await machine.writeFile("/etc/demo/kept", "on disk ü\n", 0o640);
    await machine.writeFile("/run/lost", "in memory\n");
    await machine.check(["logger", "--tag=demo", "before the reboot"]);
    await machine.reboot();
    expect(await machine.readFile("/etc/demo/kept")).toBe("on disk ü\n");
    expect(await machine.check(["stat", "--format=%a", "/etc/demo/kept"])).toBe("640");
    expect(await machine.exists("/run/lost")).toBe(false);
    expect(await machine.journal({ grep: "before the reboot", output: "cat" })).toBe("before the reboot");
  });

  test("loses what runs when the power fails", async () => {
    await machine.shell(
      "systemd-run --unit=stubborn --property=ExecStop='touch /etc/was-stopped' sleep infinity",
    );
    await machine.writeFile("/run/lost", "in memory\n");
    await machine.powerCycle();
    expect(await machine.exists("/run/lost")).toBe(false);
    expect(await machine.exists("/etc/was-stopped")).toBe(false);
    expect(await machine.properties("stubborn.service", ["ActiveState"])).toEqual({
      ActiveState: "inactive",
    });
  });

  test("has nothing in common with a second machine", async () => {
    const second = await boot();
    await second.writeFile("/etc/only-here", "");
    await second.check(["systemd-run", "--unit=napper", "sleep", "infinity"]);
    expect(await machine.exists("/etc/only-here")).toBe(false);
    expect(await machine.check(["cat", "/etc/machine-id"])).not.toBe(
      await second.check(["cat", "/etc/machine-id"]),
    );
    expect(await machine.properties("napper.service", ["LoadState"])).toEqual({ LoadState: "not-found" });
  });
});
