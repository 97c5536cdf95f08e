/**
 * The package on a host: it takes over from systemd/install.sh, is upgraded while the agent works, downgraded, removed and
 * purged, and no managed service notices. On the host's own root, an old Debian as a rule, it brings its node along.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AgentHost, sourceInMachine } from "../support/hosts/agent-host.ts";
import { makeHostPackage } from "../support/hosts/host-package.ts";
import { UserAgent } from "../support/hosts/user-agent.ts";
import { checkCommand } from "../support/machine/command.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const agent = "gitops-agent.service";
const services = Array.from({ length: 50 }, (_, index) => `s-${index}.service`);
const secretive = "secretive.service";
const managed = [...services, secretive];
const ownPlaces = ["/etc/gitops-agent", "/var/lib/gitops-agent", "/run/gitops-agent"];

/** Works until somebody lets it go. */
const longJob = `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'until test -e /run/go; do sleep 0.1; done'\n${enabled}`;

describeOnEachRoot("the Debian package", (boot, root) => {
  // Below the directory that the machine has bound.
  mkdirSync("build", { recursive: true });
  const directory = mkdtempSync(path.join("build", "test-"));
  let host: AgentHost;
  let first: string;

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** The first package with another version, not compressed. */
  async function makeVersion(version: string): Promise<string> {
    const tree = path.join(directory, `tree-${version}`);
    const file = path.join(directory, `${version}.deb`);
    await checkCommand(["dpkg-deb", "--raw-extract", first, tree]);
    const control = `${tree}/DEBIAN/control`;
    await checkCommand(["sed", "--in-place", `s/^Version: .*/Version: ${version}/`, control]);
    await checkCommand(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, file]);
    return file;
  }

  async function install(file: string) {
    return host.machine.run(["dpkg", "--no-triggers", "--install", `${sourceInMachine}/${file}`]);
  }

  async function readInstalled(): Promise<string> {
    const format = "--showformat=$" + "{Version} $" + "{db:Status-Status}";
    return host.machine.check(["dpkg-query", "--show", format, "gitops-agent"]);
  }

  async function expectUntouched(change: () => Promise<void>): Promise<void> {
    const before = await host.machine.invocationIds(managed);
    await change();
    expect(await host.machine.invocationIds(managed)).toEqual(before);
    for (const unit of managed) expect(await host.activeState(unit)).toBe("active");
  }

  beforeAll(async () => {
    const { file, runtime } = await makeHostPackage(root, directory);
    first = file;
    host = await AgentHost.boot(boot, { interval: "1h" });
    const units = services.map((unit) => [`units/${unit}`, sleeper()]);
    await host.push({
      ...Object.fromEntries(units),
      [`units/${secretive}`]: sleeper(),
      [`secrets/${secretive}/token.age`]: await host.encrypt("it is a secret"),
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    if (runtime !== null) await host.machine.shell('node=$(command -v node); mv "$node" "$node.away"');
  });

  it("is not installed beside the agent of install.sh, and says what to do; doing it, it takes over", async () => {
    const { machine } = host;
    await expectUntouched(async () => {
      const { exitCode, stderr } = await install(first);
      expect(exitCode).not.toBe(0);
      expect(await host.activeState(agent)).toBe("active");
      const steps = stderr.split("\n").filter((line) => line.startsWith("  "));
      expect(steps).toHaveLength(6);
      await machine.shell(steps.join("\n"));
      expect(await install(first)).toMatchObject({ exitCode: 0 });
      expect(await host.activeState(agent)).toBe("inactive");
      await machine.check(["systemctl", "enable", "--now", agent]);
    });
    expect((await host.status()).sync.state).toBe("in-sync");
    expect(await machine.check(["readlink", "-f", "/usr/bin/gitops-agent"])).toBe(
      "/usr/lib/gitops-agent/gitops-agent.cjs",
    );
    expect((await host.run("plan")).exitCode).toBe(0);
    const { exitCode, stderr } = await machine.run([`${sourceInMachine}/systemd/install.sh`]);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("apt remove gitops-agent"),
    });
  });

  it("is upgraded while an apply is under way: the apply ends first, and no managed service restarts", async () => {
    const { machine } = host;
    const before = await host.invocationId(agent);
    const file = await makeVersion("90.0.0");
    await expectUntouched(async () => {
      const commit = await host.push({ "units/job.service": longJob, "units/new.service": sleeper() });
      await machine.waitFor("the job", async () => (await host.activeState("job.service")) === "activating");
      const upgrade = install(file);
      await machine.waitFor("the stop", async () => (await host.activeState(agent)) === "deactivating");
      await machine.check(["touch", "/run/go"]);
      expect(await upgrade).toMatchObject({ exitCode: 0 });
      expect(await readInstalled()).toBe("90.0.0 installed");
      // The agent that was upgraded had applied it; the new one has done nothing.
      const status = await host.waitUntilAttempted(commit);
      expect(status.sync).toMatchObject({ state: "in-sync", applied: { commit }, applying: null });
    });
    expect(await host.invocationId(agent)).not.toBe(before);
    expect(JSON.parse((await host.run("history", "--json")).stdout).entries).toHaveLength(2);
  });

  it("goes on with an apply that an upgrade has cut off", async () => {
    const { machine } = host;
    const dropIn = "/run/systemd/system/gitops-agent.service.d/x.conf";
    await machine.writeFile(dropIn, "[Service]\nTimeoutStopSec=1\n");
    await machine.shell("systemctl daemon-reload; rm /run/go");
    const file = await makeVersion("91.0.0");
    await expectUntouched(async () => {
      const commit = await host.push({
        "units/job-2.service": longJob,
        "units/new.service": sleeper("Nice=1\n"),
      });
      await machine.waitFor(
        "the job",
        async () => (await host.activeState("job-2.service")) === "activating",
      );
      expect(await install(file)).toMatchObject({ exitCode: 0 });
      await machine.check(["touch", "/run/go"]);
      const { sync } = await host.waitUntilAttempted(commit);
      expect(sync).toMatchObject({ state: "in-sync", applied: { commit } });
    });
    expect(await machine.properties("new.service", ["Nice", "ActiveState"])).toEqual({
      Nice: "1",
      ActiveState: "active",
    });
  });

  it("leaves a host suspended that a person has suspended", async () => {
    const file = await makeVersion("91.0.1");
    await expectUntouched(async () => {
      expect((await host.run("suspend", "--because", "we upgrade")).exitCode).toBe(0);
      const { suspended } = (await host.status()).sync;
      expect(await install(file)).toMatchObject({ exitCode: 0 });
      const { state, suspended: after } = await host.machine.waitFor("the new agent", async () => {
        const { agent: own, sync } = await host.status();
        return own.running ? sync : undefined;
      });
      expect([state, after]).toEqual(["suspended", suspended]);
      expect((await host.run("resume")).exitCode).toBe(0);
    });
  });

  it("is not downgraded below a version that can read the state, and the agent goes on", async () => {
    const { machine } = host;
    const history = "/var/lib/gitops-agent/history.json";
    await expectUntouched(async () => {
      await machine.shell(`cp -p ${history} /root/history; echo '{"version":99}' >${history}`);
      const { exitCode, stderr } = await install(first);
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain(
        `${history}: the file has version 99,\nand this gitops-agent knows versions up to 1`,
      );
      expect(await readInstalled()).toBe("91.0.1 installed");
      expect(await host.activeState(agent)).toBe("active");
      await machine.check(["mv", "/root/history", history]);
    });
  });

  it("stops the agent of a user as well while its files change, and starts it again where it ran", async () => {
    const [running, stopped] = [
      await UserAgent.create(host.machine, "running"),
      await UserAgent.create(host.machine, "stopped"),
    ];
    for (const user of [running, stopped]) {
      await user.linger();
      await user.configure("/srv/nothing.git");
      await user.start();
    }
    await stopped.check("systemctl", "--user", "stop", agent);
    const before = await running.property(agent, "InvocationID");
    expect(await install(await makeVersion("92.0.0"))).toMatchObject({ exitCode: 0 });
    expect(await running.property(agent, "ActiveState")).toBe("active");
    expect(await running.property(agent, "InvocationID")).not.toBe(before);
    expect(await running.property(agent, "NeedDaemonReload")).toBe("no");
    expect(await stopped.property(agent, "ActiveState")).toBe("inactive");
  });

  it("leaves an agent stopped that somebody has stopped", async () => {
    await host.machine.check(["systemctl", "stop", agent]);
    expect(await install(first)).toMatchObject({ exitCode: 0 });
    expect(await host.activeState(agent)).toBe("inactive");
    await host.start();
  });

  it("is removed without touching what it deployed, and purged with all that is the agent's own", async () => {
    const { machine } = host;
    await expectUntouched(async () => {
      const stdout = await machine.check(["dpkg", "--no-triggers", "--remove", "gitops-agent"]);
      expect(stdout).toContain("The units and files that it deployed stay");
      expect(await machine.exists("/usr/bin/gitops-agent")).toBe(false);
      for (const place of ownPlaces) expect(await machine.exists(place)).toBe(true);
      await machine.check(["dpkg", "--no-triggers", "--purge", "gitops-agent"]);
      for (const place of ownPlaces) expect(await machine.exists(place)).toBe(false);
      expect(await machine.shell("grep -c /run/gitops-agent /proc/self/mountinfo || true")).toBe("0");
    });
    expect(await machine.shell("find /etc/systemd/system -xtype l -name '*gitops*'")).toBe("");
    expect(await machine.shell("systemctl --failed --no-legend | grep gitops || true")).toBe("");
    for (const unit of managed) expect(await machine.exists(`/etc/systemd/system/${unit}`)).toBe(true);
  });
});
