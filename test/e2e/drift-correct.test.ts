/** `drift: correct` puts back what was changed on the host, with the least interruption; `drift: ignore` leaves it. */
import { beforeAll, describe, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const fragment = "/etc/systemd/system/a.service";
const override = "/etc/systemd/system/a.service.d/override.conf";
const rules = `defaults: { drift: correct, health: { settle: 300ms, timeout: 30s } }
units:
  wild.service: { drift: ignore }
`;

describeOnEachRoot("drift that is put back", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({
      "gitops.yaml": rules,
      "units/a.service": sleeper("Environment=A=git\n"),
      "units/b.service": sleeper(),
      "units/wild.service": sleeper(),
      "files/etc/app.conf": "git\n",
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  /** Does it, and waits until the agent says that it has put that back, and the host has no drift any more. */
  async function expectCorrected(what: string, command: string): Promise<void> {
    const before = await count("drift.corrected");
    await host.machine.shell(command);
    await host.machine.waitFor(`${what} to be put back`, async () => {
      if ((await count("drift.corrected")) <= before) return false;
      return (await host.status()).drift.length === 0;
    });
  }

  async function count(event: string): Promise<number> {
    const text = await host.machine.journal({ unit: "gitops-agent.service", grep: event });
    return text === "" ? 0 : text.split("\n").length;
  }

  async function backupsOf(text: string): Promise<string> {
    return host.machine.shell(`grep -rl '${text}' /var/lib/gitops-agent/backups || true`);
  }

  async function mainPid(): Promise<string> {
    return (await host.machine.properties("a.service", ["MainPID"]))["MainPID"] ?? "";
  }

  describe("costs no restart:", () => {
    it.each([
      ["an edit that no process has started with", `echo '# by hand' >>${fragment}`],
      ["a mode", `chmod 600 ${fragment}`],
      ["a link", "systemctl disable a.service"],
      ["a deleted file", `rm ${fragment}`],
      [
        "systemctl edit",
        `mkdir -p ${override.replace("/override.conf", "")} && printf '[Service]\\nNice=5\\n' >${override} && systemctl daemon-reload`,
      ],
      ["systemctl set-property", "systemctl set-property a.service TasksMax=77"],
      ["a link that git does not have", "systemctl add-wants rescue.target a.service"],
      ["a daemon-reload that is missing", `touch ${fragment}`],
      ["systemctl set-property --runtime", "systemctl set-property --runtime a.service CPUWeight=77"],
    ])("%s", async (what, command) => {
      const before = [await host.invocationId("a.service"), await mainPid()];
      await expectCorrected(what, command);
      expect([await host.invocationId("a.service"), await mainPid()]).toEqual(before);
      expect(await host.machine.readFile(fragment)).toBe(sleeper("Environment=A=git\n"));
      expect(await host.machine.shell(`stat -c %a ${fragment}; systemctl is-enabled a.service`)).toBe(
        "644\nenabled",
      );
      const shown = await host.machine.properties("a.service", [
        "TasksMax",
        "CPUWeight",
        "NeedDaemonReload",
        "DropInPaths",
      ]);
      expect(shown).toMatchObject({ CPUWeight: "[not set]", NeedDaemonReload: "no", DropInPaths: "" });
      expect(shown["TasksMax"]).not.toBe("77");
    });
  });

  it("keeps a backup of what was there, and the history tells it apart from a sync", async () => {
    expect(await backupsOf("by hand")).toContain("a.service");
    expect(await backupsOf("Nice=5")).toContain("override.conf");
    const { stdout } = await host.run("history");
    expect(stdout).toContain("corrected");
    expect(stdout).toContain(`put back a.service: ${fragment}: drift: its content was not git's any more`);
    expect(stdout.match(/● applied/g)).toHaveLength(1);
  });

  it("costs the restart of the unit that had started with the edit, and of no other", async () => {
    const other = await host.invocationId("b.service");
    await host.machine.check(["systemctl", "stop", "gitops-agent.service"]);
    await host.machine.shell(
      `sed -i s/A=git/A=hand/ ${fragment}; systemctl daemon-reload; systemctl restart a.service`,
    );
    const edited = await host.invocationId("a.service");
    await expectCorrected("the edit", "systemctl start gitops-agent.service");
    expect(await host.invocationId("a.service")).not.toBe(edited);
    expect(await host.machine.shell(`tr '\\0' '\\n' </proc/${await mainPid()}/environ`)).toContain("A=git");
    expect(await host.invocationId("b.service")).toBe(other);
  });

  it("starts what was stopped, and unmasks and starts what was masked", async () => {
    await expectCorrected("the stop", "systemctl stop a.service");
    expect(await host.activeState("a.service")).toBe("active");
    await expectCorrected(
      "the mask",
      `ln -sf /dev/null ${fragment}; systemctl daemon-reload; systemctl stop a.service`,
    );
    await host.waitUntilActive("a.service");
    expect(await host.machine.readFile(fragment)).toBe(sleeper("Environment=A=git\n"));
  });

  describe("does not happen to what is ignored:", () => {
    const wild = "/etc/systemd/system/wild.service";
    const wildDropIn = `${wild}.d/override.conf`;

    it("an edit and a drop-in stay, are no drift, and survive a commit that changes something else", async () => {
      await host.machine.shell(`
        echo '# mine' >>${wild}
        mkdir -p ${wild}.d
        printf '[Service]\\nNice=5\\n' >${wildDropIn}
        systemctl daemon-reload
        systemctl restart wild.service`);
      const running = await host.invocationId("wild.service");
      await host.deploy({ "files/etc/app.conf": "git 2\n" });
      await host.deploy({ "files/etc/app.conf": "git 3\n" });
      expect(await host.machine.readFile(wild)).toContain("# mine");
      expect(await host.machine.readFile(wildDropIn)).toContain("Nice=5");
      expect(await host.invocationId("wild.service")).toBe(running);
      const status = await host.status();
      expect(status.drift).toEqual([]);
      expect(status.sync.state).toBe("in-sync");
      expect((await host.run("status")).exitCode).toBe(0);
    });

    it("a commit that changes the very file wins, and keeps the edit as a backup", async () => {
      await host.deploy({ "units/wild.service": `# from git\n${sleeper()}` });
      expect(await host.machine.readFile(wild)).toBe(`# from git\n${sleeper()}`);
      expect(await backupsOf("# mine")).toContain("wild.service");
      expect(await host.journal()).toContain("was ignored so far, and is backed up");
      expect(await host.machine.readFile(wildDropIn)).toContain("Nice=5");
    });
  });

  it("a change of the policy alone touches no unit", async () => {
    const before = await host.machine.invocationIds(["a.service", "b.service", "wild.service"]);
    await host.deploy({
      "gitops.yaml": rules.replace("drift: ignore", "drift: { stopped: correct, default: ignore }"),
    });
    expect(await host.machine.invocationIds(["a.service", "b.service", "wild.service"])).toEqual(before);
    await expectCorrected("the stop", "systemctl stop wild.service");
  });

  it("that something changes back again and again is put back five times, then told once to have stalled", async () => {
    const corrected = await count("drift.corrected");
    const script = "while :; do echo rival >/etc/app.conf; sleep 1; done";
    await host.machine.check(["systemd-run", "--unit", "rival", "sh", "-c", script]);
    await host.machine.waitFor("the fight to stall", async () => (await count("drift.stalled")) > 0);
    // Several more rounds and events of the rival.
    await host.run("sync");
    await host.run("sync");
    expect((await count("drift.corrected")) - corrected).toBeLessThanOrEqual(5);
    expect(await count("drift.stalled")).toBe(1);
    expect(await host.machine.journal({ unit: "gitops-agent.service", grep: "drift.stalled" })).toContain(
      "something changes it back",
    );
    const [record] = (await host.status()).drift;
    expect(record).toMatchObject({ path: "/etc/app.conf", state: "stalled" });
    await host.machine.check(["systemctl", "stop", "rival.service"]);
  });
});
