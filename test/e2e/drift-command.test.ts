/** The `drift` commands: what differs is listed, shown in detail, watched, and carried to git as a patch. */
import { beforeAll, describe, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import type { CommandResult } from "../support/machine/command.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const unitPath = "/etc/systemd/system/a.service";
const dropInPath = "/etc/systemd/system/a.service.d/override.conf";
const checkout = "/root/checkout";

describeOnEachRoot("the drift commands", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({
      "units/a.service": sleeper(),
      "units/b.service": sleeper("Nice=1\n"),
      "files/etc/app.conf": "one\ntwo\n",
      "files/etc/with blank.conf": "x\n",
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    await host.machine.check(["useradd", "reader", "--groups", "gitops-agent"]);
  });

  async function waitForDrift(kinds: readonly string[]): Promise<void> {
    await host.machine.waitFor(`drift ${kinds.join(", ") || "to end"}`, async () => {
      const found = (await host.status()).drift.map(({ kind }) => kind);
      return found.sort().join() === [...kinds].sort().join();
    });
  }

  async function runAsReader(...args: readonly string[]): Promise<CommandResult> {
    return host.machine.run(["runuser", "-u", "reader", "--", "gitops-agent", ...args]);
  }

  it("say that there is none, exit 0, and refuse names that mean nothing", async () => {
    const { stdout, exitCode } = await host.run("drift");
    expect(stdout).toContain("no drift");
    expect(exitCode).toBe(0);
    expect((await host.run("drift", "a.service")).exitCode).toBe(0);
    const unknown = await host.run("drift", "c.service");
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain("c.service");
    expect((await host.run("drift", "correct")).exitCode).toBe(2);
  });

  describe("with a drop-in of systemctl edit and an edited file", () => {
    beforeAll(async () => {
      await host.machine.writeFile(dropInPath, "[Service]\nMemoryMax=64M\n");
      await host.machine.check(["systemctl", "daemon-reload"]);
      await host.machine.writeFile("/etc/app.conf", "one\ntwo\nthree");
      await waitForDrift(["foreign-drop-in", "modified"]);
    });

    it("list unit, kind, age, what was seen and what to do, and exit with 1", async () => {
      const { stdout, exitCode } = await host.run("drift");
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/^DRIFT +KIND +SINCE/m);
      expect(stdout).toMatch(/^a\.service +foreign-drop-in +\d+ (s|min) .*override\.conf/m);
      expect(stdout).toMatch(/^\/etc\/app\.conf +modified +/m);
      expect(stdout).toContain("2 differences: 1 unit, 1 file");
      expect(stdout).toContain("gitops-agent drift adopt UNIT");
    });

    it("show the diff, the drop-ins that systemd has loaded, and the values that differ", async () => {
      const { stdout } = await host.run("drift", "a.service");
      expect(stdout).toContain("-MemoryMax=64M");
      expect(stdout).toContain(`${dropInPath}  not from git`);
      expect(stdout).toMatch(/Service\.MemoryMax +- +67108864/);
      expect(stdout).toContain("policy   report");
      expect(stdout).not.toContain("three");
      expect((await host.run("drift", "/etc/app.conf")).stdout).toContain("-three");
    });

    it("print the records as JSON, and with a name the details, too", async () => {
      const list = JSON.parse((await host.run("drift", "--json")).stdout);
      expect(list.version).toBe(1);
      expect(list.drift.map((record: { kind: string }) => record.kind).sort()).toEqual([
        "foreign-drop-in",
        "modified",
      ]);
      const details = JSON.parse((await host.run("drift", "a.service", "--json")).stdout);
      expect(details.differences[0].patch).toContain("-MemoryMax=64M");
      expect(details.loaded[0].values).toEqual([
        { setting: "Service.MemoryMax", git: null, loaded: "67108864" },
      ]);
    });

    it("answer a member of the group without root, without the content of files", async () => {
      const { stdout, exitCode } = await runAsReader("drift");
      expect(exitCode).toBe(1);
      expect(stdout).toContain("override.conf");
      const details = await runAsReader("drift", "a.service");
      expect(details.exitCode).toBe(1);
      expect(details.stdout).toContain("run this as root");
      expect(details.stdout).not.toContain("MemoryMax");
      expect((await runAsReader("drift", "adopt", "a.service")).exitCode).toBe(4);
    });

    it("look by themselves when no daemon runs", async () => {
      await host.machine.check(["systemctl", "stop", "gitops-agent"]);
      await host.machine.writeFile("/etc/with blank.conf", "y\n");
      const { stdout, exitCode } = await host.run("drift");
      expect(exitCode).toBe(1);
      expect(stdout).toContain("the agent is not running");
      expect(stdout).toContain("/etc/with blank.conf");
      expect((await host.run("drift", "a.service")).stdout).toContain("-MemoryMax=64M");
      await host.start();
      await waitForDrift(["foreign-drop-in", "modified", "modified"]);
    });

    it("carry all of it to git, and the host is in sync again without a restart", async () => {
      const before = await host.machine.invocationIds(["a.service", "b.service"]);
      const { machine } = host;
      await machine.check(["git", "clone", "--quiet", "/srv/hosts.git", checkout]);
      const names = "a.service /etc/app.conf '/etc/with blank.conf'";
      await machine.shell(`gitops-agent drift adopt ${names} | git -C ${checkout} apply --index`);
      const git = ["git", "-C", checkout, "-c", "user.name=a", "-c", "user.email=a@example.org"];
      await machine.check([...git, "commit", "--quiet", "-m", "the hotfix of the night"]);
      expect(await machine.check([...git, "show", "HEAD:units/a.service.d/override.conf"])).toContain("64M");
      expect(await machine.check(["cmp", `${checkout}/files/etc/app.conf`, "/etc/app.conf"])).toBe("");
      await machine.check([...git, "push", "--quiet"]);
      const commit = await machine.check([...git, "rev-parse", "HEAD"]);
      await host.waitUntilAttempted(commit);
      await waitForDrift([]);
      expect((await host.status()).sync.state).toBe("in-sync");
      expect(await machine.invocationIds(["a.service", "b.service"])).toEqual(before);
      expect((await machine.properties("a.service", ["MemoryMax"]))["MemoryMax"]).toBe("67108864");
    });
  });

  it("adopt a deleted file, and set-property's drop-in with a note of what stays", async () => {
    await host.machine.check(["rm", "/etc/with blank.conf"]);
    await host.machine.check(["systemctl", "set-property", "b.service", "TasksMax=77"]);
    await waitForDrift(["foreign-drop-in", "missing"]);
    const { stdout, stderr } = await host.run("drift", "adopt", "b.service", "/etc/with blank.conf");
    expect(stdout).toContain("deleted file mode 100644");
    expect(stdout).toContain("+++ b/units/b.service.d/50-TasksMax.conf");
    expect(stderr).toContain("rm /etc/systemd/system.control/b.service.d/50-TasksMax.conf");
    await host.machine.check(["systemctl", "revert", "b.service"]).catch(() => "");
    await host.machine.shell(
      "rm -rf /etc/systemd/system.control/b.service.d; systemctl daemon-reload; echo x >'/etc/with blank.conf'",
    );
  });

  it("refuse what git cannot hold", async () => {
    await host.machine.shell(`printf 'a\\000b' >/etc/app.conf; chmod 600 ${unitPath}`);
    const { stdout, stderr, exitCode } = await host.run("drift", "adopt", "/etc/app.conf", "a.service");
    expect(exitCode).toBe(3);
    expect(stdout).toBe("");
    expect(stderr).toContain("/etc/app.conf is not text");
    expect(stderr).toContain(`${unitPath} has mode 0600`);
    await host.machine.shell(
      `git -C ${checkout} show HEAD:files/etc/app.conf >/etc/app.conf; chmod 644 ${unitPath}`,
    );
    await host.machine.writeFile("/etc/with blank.conf", "y\n");
    await waitForDrift([]);
  });

  it("put back what is named, once, although the policy only reports; and the rest with --all", async () => {
    const { machine } = host;
    await machine.shell(`echo '# mine' >>${unitPath}; echo mine >/etc/app.conf`);
    await waitForDrift(["modified", "modified"]);
    const before = await machine.invocationIds(["a.service"]);
    expect((await runAsReader("drift", "correct", "--all")).exitCode).toBe(4);
    const named = await host.run("drift", "correct", "a.service");
    expect(named.stdout).toMatch(/^a\.service +modified +✔ put back +/m);
    expect(named.exitCode).toBe(0);
    expect(await machine.readFile(unitPath)).not.toContain("# mine");
    expect(await machine.readFile("/etc/app.conf")).toBe("mine\n");
    const all = JSON.parse((await host.run("drift", "correct", "--all", "--json")).stdout);
    expect(all.corrections.map(({ result }: { result: string }) => result)).toEqual(["corrected"]);
    expect(all.remaining).toEqual([]);
    expect(await machine.readFile("/etc/app.conf")).not.toContain("mine");
    expect(await machine.invocationIds(["a.service"])).toEqual(before);
    await waitForDrift([]);
    await machine.shell(`echo '# mine' >>${unitPath}`);
    await waitForDrift(["modified"]);
    expect(await machine.readFile(unitPath)).toContain("# mine");
  });

  it("put back without a daemon, too", async () => {
    await host.machine.check(["systemctl", "stop", "gitops-agent"]);
    const { stdout, exitCode } = await host.run("drift", "correct", unitPath);
    expect(stdout).toContain("✔ put back");
    expect(exitCode).toBe(0);
    expect(await host.machine.readFile(unitPath)).not.toContain("# mine");
    await host.start();
    await waitForDrift([]);
  });

  it("print with --watch what appears and what is resolved, and end with 0 at Ctrl-C", async () => {
    const { machine } = host;
    await machine.check([
      "systemd-run",
      "--quiet",
      "--unit=watcher",
      "--property=StandardOutput=file:/run/watch.txt",
      "--property=KillSignal=SIGINT",
      "--remain-after-exit",
      "gitops-agent",
      "drift",
      "--watch",
    ]);
    const waitForLine = (line: RegExp) =>
      machine.waitFor(`the line ${line}`, async () => line.test(await machine.shell("cat /run/watch.txt")));
    await waitForLine(/no drift/);
    await machine.shell(`echo '# by hand' >>${unitPath}`);
    await waitForLine(/▲ appeared {2}a\.service {2}modified/);
    await machine.shell(`sed -i '/by hand/d' ${unitPath}`);
    await waitForLine(/✔ resolved {2}a\.service {2}modified/);
    await machine.check(["systemctl", "kill", "--signal=SIGINT", "watcher.service"]);
    await machine.waitFor("the watch to end", async () => {
      const shown = await machine.properties("watcher.service", ["SubState", "ExecMainStatus", "Result"]);
      return (
        shown["SubState"] === "exited" && shown["ExecMainStatus"] === "0" && shown["Result"] === "success"
      );
    });
  });
});
