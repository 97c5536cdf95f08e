/** What people did by hand: units they started run again after a rollback, and no process keeps an edit that is gone. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const bad = `[Service]\nExecStart=/bin/false\n${enabled}`;
const plain = "[Service]\nExecStart=/bin/sleep infinity\n";

describeOnEachRoot("work of a person", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml: "prune-limit: 100%\n" });
    await host.push({ "units/stays.service": sleeper() });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  beforeEach(async () => {
    await host.deploy({ units: null, "gitops.yaml": null, "units/stays.service": sleeper() });
  });

  describe("survives a revision that is rolled back:", () => {
    async function expectRolledBack(changes: FixtureChanges): Promise<void> {
      const status = await host.pushAndWait({ ...changes, "units/bad.service": bad });
      expect(status.sync.state).toBe("rejected");
      expect(status.sync.rejection?.code).toBe("unhealthy");
    }

    it("an instance that nobody declared runs again when the revision had removed its template", async () => {
      await host.deploy({ "units/job@.service": plain });
      await host.machine.check(["systemctl", "start", "job@by-hand.service"]);
      await expectRolledBack({ "units/job@.service": null });
      expect(await host.activeState("job@by-hand.service")).toBe("active");
    });

    it("a unit that was started by hand runs again when the revision had removed, stopped or masked it", async () => {
      await host.deploy({
        "units/removed.service": plain,
        "units/stopped.service": plain,
        "units/masked.service": plain,
        "units/broken.service": plain,
      });
      const units = ["removed.service", "stopped.service", "masked.service", "broken.service"];
      await host.machine.check(["systemctl", "start", ...units]);
      await expectRolledBack({
        "units/removed.service": null,
        "units/masked.service": { symlink: "/dev/null" },
        "units/broken.service": "[Service]\nExecStart=/bin/false\n",
        "gitops.yaml": "units: { stopped.service: { state: stopped } }\n",
      });
      for (const unit of units) expect(await host.activeState(unit), unit).toBe("active");
    });

    it("a unit that nobody started stays down", async () => {
      await host.deploy({ "units/down.service": plain });
      await expectRolledBack({ "units/down.service": null });
      expect(await host.activeState("down.service")).toBe("inactive");
    });
  });

  describe("as an edit on the host", () => {
    async function environmentOf(unit: string): Promise<string> {
      const { MainPID = "" } = await host.machine.properties(unit, ["MainPID"]);
      return host.machine.shell(`tr '\\0' '\\n' </proc/${MainPID}/environ`);
    }

    it("is not kept by the process when a commit overwrites it, be it by a comment", async () => {
      await host.deploy({
        "units/edited.service": sleeper("Environment=A=git\n"),
        "units/other.service": sleeper(),
      });
      await host.machine.shell(
        "sed -i s/A=git/A=hand/ /etc/systemd/system/edited.service; systemctl daemon-reload; systemctl restart edited.service",
      );
      expect(await environmentOf("edited.service")).toContain("A=hand");
      const other = await host.invocationId("other.service");
      await host.deploy({ "units/edited.service": `# a comment\n${sleeper("Environment=A=git\n")}` });
      expect(await environmentOf("edited.service")).toContain("A=git");
      expect(await host.invocationId("other.service")).toBe(other);
    });

    it("that no process has started with costs no restart when it is overwritten", async () => {
      await host.deploy({ "units/edited.service": sleeper("Environment=A=git\n") });
      const running = await host.invocationId("edited.service");
      await host.machine.check(["sed", "-i", "s/A=git/A=hand/", "/etc/systemd/system/edited.service"]);
      await host.deploy({ "units/edited.service": `# a comment\n${sleeper("Environment=A=git\n")}` });
      expect(await host.invocationId("edited.service")).toBe(running);
    });

    it("that was a drop-in and was deleted again is not kept by the process after the next sync", async () => {
      await host.deploy({ "units/edited.service": sleeper("Environment=A=git\n") });
      await host.machine.shell(`
        mkdir -p /etc/systemd/system/edited.service.d
        printf '[Service]\\nEnvironment=A=hand\\n' >/etc/systemd/system/edited.service.d/hand.conf
        systemctl daemon-reload
        systemctl restart edited.service`);
      const edited = await host.invocationId("edited.service");
      // Once the drop-in is gone, nothing on the host tells of it: the agent has to have seen the process with it.
      await host.machine.waitFor("the drop-in and the process that runs it to be found", async () => {
        const inventory = await host.machine.readFile("/var/lib/gitops-agent/inventory.json");
        return inventory.includes(edited) && (await host.status()).drift.length === 1;
      });
      await host.machine.shell("rm -r /etc/systemd/system/edited.service.d; systemctl daemon-reload");
      await host.machine.waitFor(
        "the drop-in to be gone, and the process to be told that still runs it",
        async () => (await host.status()).drift.map(({ kind }) => kind).join() === "old-definition",
      );
      expect(await environmentOf("edited.service")).toContain("A=hand");
      await host.deploy({ "units/stays.service": `# a comment\n${sleeper()}` });
      expect(await environmentOf("edited.service")).toContain("A=git");
    });

    it("that was a drop-in is not kept by the process either when that was started with it more than once", async () => {
      await host.deploy({ "units/edited.service": sleeper("Environment=A=git\n") });
      const restart = "systemctl daemon-reload; systemctl restart edited.service";
      await host.machine.shell(`
        mkdir -p /etc/systemd/system/edited.service.d
        printf '[Service]\\nEnvironment=A=hand\\n' >/etc/systemd/system/edited.service.d/hand.conf
        ${restart}`);
      await host.deploy({ "units/stays.service": `# first\n${sleeper()}` });
      await host.machine.shell(restart);
      await host.deploy({ "units/stays.service": `# second\n${sleeper()}` });
      await host.machine.shell("rm -r /etc/systemd/system/edited.service.d; systemctl daemon-reload");
      expect(await environmentOf("edited.service")).toContain("A=hand");
      await host.deploy({ "units/stays.service": `# third\n${sleeper()}` });
      expect(await environmentOf("edited.service")).toContain("A=git");
    });
  });
});
