/** Disks that are full or read-only: said clearly, no unit is lost, and when there is room again the agent goes on by itself. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const stateDirectory = "/var/lib/gitops-agent";
const unitDirectory = "/etc/systemd/system";
const units = ["a.service", "b.service", "stays.service"];

describeOnEachRoot("a daemon whose file systems fail", (boot) => {
  let host: AgentHost;
  let before: ReadonlyMap<string, string>;
  let version = 0;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    const { machine } = host;
    // File systems of their own, small, and the same for everybody: a read-only bind mount would not reach the agent's namespace.
    await machine.shell(
      `mkdir -p ${stateDirectory}; mount -t tmpfs -o size=4m,mode=0700 tmpfs ${stateDirectory}`,
    );
    await machine.shell(
      `cp -a ${unitDirectory} /root/units; mount -t tmpfs -o size=2m,mode=0755 tmpfs ${unitDirectory}; cp -a /root/units/. ${unitDirectory}; systemctl daemon-reload`,
    );
    await host.push(makeChange());
    await host.start();
    await waitUntilSynced();
  });

  /** A new version of the units that change; `stays` does not. */
  function makeChange() {
    version += 1;
    return {
      "units/a.service": sleeper(`Environment=V=${version}\n`),
      // Does not fit into one page.
      "units/b.service": `# ${"b".repeat(6000)}\n${sleeper(`Environment=V=${version}\n`)}`,
      "units/stays.service": sleeper(),
    };
  }

  async function waitUntilSynced(): Promise<void> {
    await host.machine.waitFor(
      "the agent to be in sync",
      async () =>
        (await host.status()).sync.state === "in-sync" &&
        (await readVersions()) === `V=${version} V=${version}`,
      60_000,
    );
  }

  async function readVersions(): Promise<string> {
    const script = `for unit in a b; do tr '\\0' '\\n' <"/proc/$(systemctl show --property=MainPID --value $unit.service)/environ" | grep ^V=; done | xargs`;
    return host.machine.shell(script);
  }

  /** Breaks the world, pushes, and waits for what the agent says of it. */
  async function pushInto(breakage: string, message: RegExp): Promise<void> {
    before = await host.machine.invocationIds(units);
    await host.machine.shell(breakage);
    const since = await host.machine.check(["date", "+@%s"]);
    await host.push(makeChange());
    await host.machine.waitFor(`the agent to say ${message.source}`, async () =>
      message.test(await host.machine.journal({ unit: "gitops-agent.service", since, priority: "warning" })),
    );
    expect(await host.machine.invocationIds(units)).toEqual(before);
    expect(await host.machine.journal({ unit: "gitops-agent.service", grep: "drift.detected" })).toBe("");
  }

  async function expectRecovery(repair: string): Promise<void> {
    await host.machine.shell(repair);
    await waitUntilSynced();
    const after = await host.machine.invocationIds(units);
    expect(after.get("stays.service")).toBe(before.get("stays.service"));
    expect(after.get("a.service")).not.toBe(before.get("a.service"));
    expect(after.get("b.service")).not.toBe(before.get("b.service"));
    const { drift } = await host.status();
    expect(drift).toEqual([]);
    expect(await host.machine.properties("gitops-agent.service", ["NRestarts"])).toEqual({ NRestarts: "0" });
    expect(
      await host.machine.shell(`find ${unitDirectory} ${stateDirectory} -name '.*.gitops-agent-*'`),
    ).toBe("");
  }

  it("goes on after the disk of its state was full", async () => {
    const fill = `dd if=/dev/zero of=${stateDirectory}/filler bs=4k 2>/dev/null || true`;
    await pushInto(fill, /no space left/);
    const pushed = await host.machine.check(["git", "--git-dir", repositoryPath, "rev-parse", "main"]);
    await host.machine.waitFor("the status to say so", async () => {
      const { agent } = await host.status();
      return agent.stateFailure !== null;
    });
    // Who asks makes the daemon try again, and hears the same.
    expect((await host.run("sync")).exitCode).toBe(3);
    const shown = await host.run("status");
    expect(shown.stdout).toMatch(/^h1 {2}✖ state cannot be written/);
    expect(shown.stdout).toMatch(/applied, as the agent's state cannot be written since/);
    expect(shown.stdout).toMatch(/hint: .*space/);
    expect(shown.exitCode).toBe(3);
    await host.machine.waitFor("systemd to show it", async () => {
      const { StatusText } = await host.machine.properties("gitops-agent.service", ["StatusText"]);
      return StatusText?.startsWith("state cannot be written at main@") === true;
    });
    const { sync } = await host.status();
    expect(sync.applied?.commit).not.toBe(pushed);
    await expectRecovery(`rm ${stateDirectory}/filler`);
    expect((await host.status()).agent.stateFailure).toBeNull();
    expect((await host.run("status")).exitCode).toBe(0);
    const count = async (grep: string) => {
      const lines = await host.machine.journal({ unit: "gitops-agent.service", grep });
      return lines.split("\n").filter((line) => line.includes(grep)).length;
    };
    expect(await count("state.failed")).toBe(1);
    expect(await count("state.recovered")).toBe(1);
  });

  it("says from memory what it knows and does not apply while its files cannot be replaced", async () => {
    const { machine } = host;
    const files = ["inventory", "sync", "history"].map((name) => `${stateDirectory}/${name}.json`);
    // What is mounted cannot be replaced; the clone can be written all the while.
    await machine.shell(`for file in ${files.join(" ")}; do mount --bind $file $file; done`);
    before = await machine.invocationIds(units);
    const pushed = await host.push(makeChange());
    const told = await machine.waitFor("the status to tell of the push", async () => {
      const status = await host.status();
      return status.agent.stateFailure !== null && status.sync.attempted?.commit === pushed && status;
    });
    expect(told.agent.stateFailure).toMatchObject({ code: "state-unwritable" });
    expect(told.sync).toMatchObject({ state: "unwritable", rejection: null });
    expect(await machine.shell(`grep -c ${pushed} ${stateDirectory}/sync.json || true`)).toBe("0");
    expect(await machine.invocationIds(units)).toEqual(before);
    await machine.shell(`umount ${files.join(" ")}`);
    expect((await host.run("sync")).exitCode).toBe(0);
    await waitUntilSynced();
    expect((await host.status()).agent.stateFailure).toBeNull();
    expect(await machine.shell(`grep -c ${pushed} ${stateDirectory}/sync.json || true`)).toBe("1");
  });

  it("goes on after the disk was full behind the fetch", async () => {
    const fill = `dd if=/dev/zero of=${stateDirectory}/filler bs=4k 2>/dev/null || true`;
    before = await host.machine.invocationIds(units);
    await host.machine.check(["systemctl", "stop", "gitops-agent.service"]);
    await host.push(makeChange());
    expect((await host.run("plan")).exitCode).toBe(1);
    await host.machine.shell(fill);
    const sync = await host.run("sync");
    expect(sync.stderr).toMatch(/^error: .*no space.*$/m);
    expect(sync.exitCode).toBe(3);
    expect(await host.machine.invocationIds(units)).toEqual(before);
    await host.start();
    await expectRecovery(`rm ${stateDirectory}/filler`);
  });

  it("goes on after the unit directory was full from the second file on, and takes no file of its own for a hand edit", async () => {
    const leaveOnePage = `dd if=/dev/zero of=${unitDirectory}/filler bs=4k 2>/dev/null || true; truncate -s -4096 ${unitDirectory}/filler`;
    await pushInto(leaveOnePage, /cannot write \/etc\/systemd\/system\/b\.service: no space left/);
    await expectRecovery(`rm ${unitDirectory}/filler`);
  });

  it("goes on after the unit directory was read-only", async () => {
    await pushInto(`mount -o remount,ro ${unitDirectory}`, /cannot write \S+: the file system is read-only/);
    await host.machine.waitFor("the headline to be blocked", async () => {
      const { sync } = await host.status();
      return sync.state === "blocked" && sync.rejection?.code === "host-write-failed";
    });
    await expectRecovery(`mount -o remount,rw ${unitDirectory}`);
  });
});
