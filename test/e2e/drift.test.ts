/** File drift: what somebody changed on the host is seen, told once, and told when it is gone. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const unitPath = "/etc/systemd/system/a.service";
const dropInPath = "/etc/systemd/system/a.service.d/override.conf";

describeOnEachRoot("drift of files", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({ "units/a.service": sleeper(), "files/etc/app.conf": "x\n" });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    expect((await host.run("status")).exitCode).toBe(0);
  });

  async function waitForDrift(kinds: readonly string[]): Promise<void> {
    await host.machine.waitFor(`drift ${kinds.join(", ") || "to end"}`, async () => {
      const { drift } = await host.status();
      return (
        drift
          .map(({ kind }) => kind)
          .sort()
          .join() === [...kinds].sort().join()
      );
    });
  }

  async function countAlerts(): Promise<number> {
    const text = await host.machine.journal({
      unit: "gitops-agent.service",
      grep: "drift.detected",
      priority: "warning",
    });
    return text === "" ? 0 : text.split("\n").length;
  }

  it("is reported as a warning once, with unit, kind and path; nothing is put back by itself", async () => {
    await host.machine.shell(`echo '# by hand' >>${unitPath}`);
    await waitForDrift(["modified"]);
    const text = await host.machine.journal({
      unit: "gitops-agent.service",
      grep: "drift.detected",
      output: "cat",
    });
    expect(text).toContain("a.service");
    expect(text).toContain("modified");
    expect(text).toContain(unitPath);
    expect(await host.machine.readFile(unitPath)).toContain("# by hand");
    expect((await host.run("status")).exitCode).toBe(1);
    await host.run("sync");
    await host.run("sync");
    expect(await countAlerts()).toBe(1);
  });

  it("ends when the file is as in git again, and says so", async () => {
    await host.machine.shell(`sed -i '/by hand/d' ${unitPath}`);
    // The file is newer than what systemd has loaded.
    await waitForDrift(["needs-reload"]);
    await host.machine.check(["systemctl", "daemon-reload"]);
    await waitForDrift([]);
    expect(await host.machine.journal({ unit: "gitops-agent.service", grep: "drift.resolved" })).toContain(
      unitPath,
    );
    expect((await host.run("status")).exitCode).toBe(0);
  });

  it("finds what was deleted, disabled, chmod-ed, and drop-ins from systemctl edit and set-property", async () => {
    const { machine } = host;
    await machine.check(["rm", "/etc/app.conf"]);
    await machine.check(["systemctl", "disable", "a.service"]);
    await machine.check(["chmod", "600", unitPath]);
    await machine.writeFile(dropInPath, "[Service]\nNice=5\n");
    await machine.check(["systemctl", "set-property", "a.service", "TasksMax=77"]);
    await waitForDrift(["missing", "disabled", "mode", "foreign-drop-in", "foreign-drop-in"]);
    const messages = (await host.status()).drift.map(({ message }) => message).join("\n");
    expect(messages).toContain("a.service is no longer enabled");
    expect(messages).toContain(dropInPath);
    expect(messages).toContain("/etc/systemd/system.control/a.service.d/");
    const { stdout, exitCode } = await host.run("diff", "a.service");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${dropInPath} changes a unit, but is not in git`);
    expect(stdout).toContain("-Nice=5");
    expect(stdout).toContain("-TasksMax=77");
    expect((await host.run("diff", dropInPath)).stdout).toContain("-Nice=5");
  });

  it("under a change from git gives way to the change, and the hand edit is kept as a backup", async () => {
    await host.machine.writeFile(unitPath, "# all mine\n");
    await host.deploy({ "units/a.service": sleeper("Nice=3\n") });
    expect(await host.machine.readFile(unitPath)).toBe(sleeper("Nice=3\n"));
    expect(await host.machine.shell("grep -rl 'all mine' /var/lib/gitops-agent/backups")).toContain(
      "a.service",
    );
  });
});
