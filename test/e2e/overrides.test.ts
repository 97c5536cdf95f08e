/** What the operator of a host says there stays his: overrides that are not in git, units of the distribution, enablement. */
import { beforeAll, describe, expect, it } from "vitest";
import { selectDropInPaths } from "../../src/core/units/drop-in-order.ts";
import { editorProgram } from "../support/drift/drift-cases.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";
import { layout } from "../support/values/scenario.ts";

const etc = "/etc/systemd/system";
const worker = (command: string, more = "") => `[Service]\nExecStart=/bin/sleep ${command}\n${more}`;
const ownCommand = "[Service]\nExecStart=\nExecStart=/bin/sleep 7777\n";
const instances = ["edited", "runtime", "control", "git", "plain"].map((name) => `worker@${name}.service`);
const jobs = `[Unit]\nWants=${instances.join(" ")}\n[Install]\nWantedBy=multi-user.target\n`;

describeOnEachRoot("an operator", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml: "prune-limit: 100%\n" });
    await host.machine.writeFile("/root/editor", editorProgram, 0o755);
    await host.push({
      "units/jobs.target": jobs,
      "units/worker@.service": worker("1001"),
      "units/worker@git.service.d/override.conf": ownCommand,
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  async function listRestarted(act: () => Promise<unknown>): Promise<readonly string[]> {
    const before = await host.machine.invocationIds(instances);
    await act();
    const after = await host.machine.invocationIds(instances);
    return instances.filter((unit) => before.get(unit) !== after.get(unit));
  }

  async function commandOf(unit: string): Promise<string> {
    const { MainPID = "" } = await host.machine.properties(unit, ["MainPID"]);
    return host.machine.shell(`tr '\\0' ' ' </proc/${MainPID}/cmdline`);
  }

  async function isEnabled(unit: string): Promise<string> {
    return (await host.machine.run(["systemctl", "is-enabled", unit])).stdout.trim();
  }

  describe("who overrides an instance", () => {
    beforeAll(async () => {
      await host.machine.check([
        "script",
        "-qec",
        "SYSTEMD_EDITOR=/root/editor systemctl edit worker@edited.service",
        "/dev/null",
      ]);
      for (const path of [
        `${etc}/worker@edited.service.d/override.conf`,
        "/run/systemd/system/worker@runtime.service.d/override.conf",
        "/etc/systemd/system.control/worker@control.service.d/50-ExecStart.conf",
      ])
        await host.machine.writeFile(path, ownCommand);
      await host.machine.shell("systemctl daemon-reload; systemctl restart worker@edited.service");
    });

    it("keeps it running when git changes what the override replaces", async () => {
      const deploy = () => host.deploy({ "units/worker@.service": worker("1002") });
      expect(await listRestarted(deploy)).toEqual(["worker@plain.service"]);
      expect(await commandOf("worker@plain.service")).toContain("1002");
      expect(await commandOf("worker@edited.service")).toContain("7777");
      const idle = () => host.deploy({ "units/jobs.target": `# unchanged\n${jobs}` });
      expect(await listRestarted(idle)).toEqual([]);
    });

    it("gets a restart when git changes another setting, with the override in force", async () => {
      const deploy = () => host.deploy({ "units/worker@.service": worker("1002", "Environment=A=1\n") });
      expect(await listRestarted(deploy)).toEqual(instances);
      expect(await commandOf("worker@control.service")).toContain("7777");
    });

    it("is told as drift, and not once the path is accepted; then no exit code says so either", async () => {
      expect((await host.status()).drift.map(({ kind }) => kind)).toEqual(Array(3).fill("foreign-drop-in"));
      expect((await host.run("status")).exitCode).toBe(1);
      const shown = await host.run("diff");
      expect(shown.exitCode).toBe(1);
      for (const unit of ["edited", "runtime", "control"])
        expect(shown.stdout).toMatch(new RegExp(`/worker@${unit}\\.service\\.d/.* changes a unit`));
      await host.deploy({
        "gitops.yaml": [
          "units:",
          "  worker@edited.service: { drift: { foreign-drop-in: ignore } }",
          "  worker@.service: { drift: { ignore: [/run/systemd/system/*] } }",
          "  worker@control.service: { drift: ignore }",
          "",
        ].join("\n"),
      });
      await host.machine.waitFor(
        "the drift to be over",
        async () => (await host.status()).drift.length === 0,
      );
      expect((await host.status()).sync.state).toBe("in-sync");
      expect((await host.run("status")).exitCode).toBe(0);
      expect((await host.run("drift")).exitCode).toBe(0);
      expect((await host.run("diff")).exitCode).toBe(0);
    });

    it("gets git's definition when the override is gone", async () => {
      const unit = "worker@runtime.service";
      await host.deploy({ "units/worker@.service": worker("1003", "Environment=A=1\n") });
      expect(await commandOf(unit)).toContain("7777");
      await host.machine.shell("rm -r /run/systemd/system/worker@runtime.service.d; systemctl daemon-reload");
      const deploy = () => host.deploy({ "units/jobs.target": `# once more\n${jobs}` });
      expect(await listRestarted(deploy)).toEqual([unit]);
      expect(await commandOf(unit)).toContain("1003");
    });
  });

  it("who has units of the distribution keeps them running when git takes over the same text", async () => {
    const vendor = "/usr/lib/systemd/system";
    const units = {
      "vendor.service": sleeper(),
      "vendor-job.service": `[Service]\nType=oneshot\nExecStart=/bin/true\n${enabled}`,
    };
    for (const [name, text] of Object.entries(units)) await host.machine.writeFile(`${vendor}/${name}`, text);
    const names = Object.keys(units);
    await host.machine.check(["systemctl", "enable", "--now", ...names]);
    const before = await host.machine.invocationIds(names);
    await host.deploy(
      Object.fromEntries(Object.entries(units).map(([name, text]) => [`units/${name}`, text])),
    );
    for (const name of names) {
      const { FragmentPath } = await host.machine.properties(name, ["FragmentPath"]);
      expect(FragmentPath).toBe(`${etc}/${name}`);
    }
    expect(await host.machine.invocationIds(names)).toEqual(before);
    const [newest] = (await host.run("history")).stdout.split("\n\n");
    expect(newest).not.toMatch(/started/);
    await host.deploy({ "units/vendor.service": sleeper("Nice=1\n") });
    expect(await host.invocationId("vendor.service")).not.toBe(before.get("vendor.service"));
  });

  it("who wants a unit of the distribution enabled has it started, watched, and disabled again without the key", async () => {
    await host.machine.writeFile("/usr/lib/systemd/system/dist.service", sleeper());
    const broken = `[Service]\nExecStart=/bin/false\n${enabled}`;
    await host.machine.writeFile("/usr/lib/systemd/system/broken.service", broken);
    await host.machine.check(["systemctl", "daemon-reload"]);
    await host.deploy({ "gitops.yaml": "units: { dist.service: { enabled: true } }\n" });
    expect(await isEnabled("dist.service")).toBe("enabled");
    expect(await host.activeState("dist.service")).toBe("active");
    await host.machine.check(["systemctl", "stop", "dist.service"]);
    await host.machine.waitFor("the stop to be noticed", async () =>
      (await host.status()).drift.some(({ key }) => key === "stopped dist.service"),
    );
    await host.machine.check(["systemctl", "start", "dist.service"]);
    const both = "units: { dist.service: { enabled: true }, broken.service: { enabled: true } }\n";
    const { sync } = await host.pushAndWait({ "gitops.yaml": both });
    expect(sync.rejection?.code).toBe("unhealthy");
    expect(await isEnabled("broken.service")).toBe("disabled");
    const running = await host.invocationId("dist.service");
    await host.deploy({ "gitops.yaml": null });
    expect(await isEnabled("dist.service")).toBe("disabled");
    expect(await host.invocationId("dist.service")).toBe(running);
  });

  it("who has started a disabled unit keeps it so with enabled: false, and is warned without it", async () => {
    const names = ["kept.service", "taken.service"];
    for (const name of names) await host.machine.writeFile(`/usr/lib/systemd/system/${name}`, sleeper());
    await host.machine.shell(`systemctl daemon-reload; systemctl start ${names.join(" ")}`);
    const before = await host.machine.invocationIds(names);
    const { warnings } = await host.deploy({
      "units/kept.service": sleeper(),
      "units/taken.service": sleeper(),
      "gitops.yaml": "units: { kept.service: { enabled: false } }\n",
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("taken.service is not enabled on this host, and git enables it now");
    expect(await host.machine.invocationIds(names)).toEqual(before);
    expect([await isEnabled("kept.service"), await isEnabled("taken.service")]).toEqual([
      "disabled",
      "enabled",
    ]);
  });

  it("reads drop-ins in the order in which systemd does", async () => {
    const parents = [...layout.dropInParents, ...layout.vendorDropInParents];
    const directories = ["a-b@x.service", "a-b@.service", "a-.service", "a-@x.service", "service"];
    const paths = parents.flatMap((parent, place) =>
      directories.flatMap((directory, rank) =>
        // Each name stands in other directories of other places, so that each pair of them competes for one name.
        Array.from({ length: 24 }, (_, name) => ({
          name,
          place,
          rank,
          path: `${parent}/${directory}.d/${name}.conf`,
        }))
          .filter(({ name }) => (name * 7 + place * 3 + rank * 5) % 4 < 2)
          .map(({ path }) => path),
      ),
    );
    await host.machine.check(["xargs", "-I{}", "sh", "-c", "mkdir -p $(dirname {}); echo '[Unit]' >{}"], {
      stdin: `${paths.join("\n")}\n`,
    });
    await host.machine.writeFile("/usr/lib/systemd/system/a-b@.service", worker("1"));
    await host.machine.check(["systemctl", "daemon-reload"]);
    const { DropInPaths = "" } = await host.machine.properties("a-b@x.service", ["DropInPaths"]);
    expect(DropInPaths.split(" ")).toEqual(selectDropInPaths(["a-b@x.service"], paths, parents));
    await host.machine.check(["xargs", "rm"], { stdin: `${paths.join("\n")}\n` });
    await host.machine.check(["systemctl", "daemon-reload"]);
  });
});
