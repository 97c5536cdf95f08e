/**
 * Hooks of managed files: `run:` and `reloads:` in gitops.yaml. The program of the hook joins the files to a state, as
 * `sysctl --system` does, so that the state shows what it has last seen.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Status } from "../../src/core/model/status.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const rules = `defaults: { health: { settle: 300ms, timeout: 6s } }
files:
  /etc/hooked/*.conf: { run: [join-conf, "$HOME %n", "a b"] }
  /etc/hooked/own.conf: { drift: correct }
  /etc/foreign/app.conf: { reloads: [foreign.service] }
  /etc/foreign/rigid.conf: { reloads: [rigid.service] }
  /etc/foreign/restart.conf: { restarts: [rigid.service] }
  /etc/app/own.conf: { reloads: [own.service] }
`;

/** Fails on "bad", never ends on "endless", and on "slow" not before somebody says so. */
const program = `#!/bin/sh
printf '%s|' "$@" >/run/hooked.arguments
grep CapBnd /proc/self/status >/run/hooked.capabilities
env | cut -d= -f1 | sort >/run/hooked.environment
if grep -qs bad /etc/hooked/*.conf; then echo "a bad value" >&2; exit 3; fi
if grep -qs endless /etc/hooked/*.conf; then sleep 1000; fi
if grep -qs slow /etc/hooked/*.conf; then until [ -e /run/hooked.release ]; do sleep 0.1; done; fi
cat /etc/hooked/*.conf >/run/hooked.state
`;

const foreign = (reload: string) => `[Service]\nExecStart=/bin/sleep infinity\n${reload}`;

describeOnEachRoot("hooks of managed files", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.machine.writeFile(
      "/usr/lib/systemd/system/foreign.service",
      foreign("ExecReload=/bin/cp /etc/foreign/app.conf /run/foreign.loaded\n"),
    );
    await host.machine.writeFile("/usr/lib/systemd/system/rigid.service", foreign(""));
    await host.machine.shell("systemctl daemon-reload && systemctl start foreign.service rigid.service");
    await host.machine.shell("mkdir -p /etc/hooked && echo same >/etc/hooked/0-same.conf");
    await host.push({
      "gitops.yaml": rules,
      "files/usr/local/bin/join-conf": { mode: "executable", content: program },
      "files/etc/hooked/0-same.conf": "same\n",
      "units/a.service": sleeper(),
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  /** How often systemd has begun to run the hook. */
  async function countRuns(): Promise<number> {
    const text = await host.machine.shell(
      "journalctl --unit 'gitops-agent-hook-*' --output cat --quiet --grep '^Starting ' | grep -c join-conf || true",
    );
    return Number(text);
  }

  async function readState(): Promise<string> {
    return host.machine.shell("cat /run/hooked.state");
  }

  async function runOf(unit: string): Promise<readonly string[]> {
    const { MainPID = "" } = await host.machine.properties(unit, ["MainPID"]);
    return [MainPID, await host.invocationId(unit)];
  }

  function describeRejection({ sync: { rejection } }: Status): string {
    return [rejection?.message, ...(rejection?.details ?? [])].join("\n");
  }

  it("are not run for a file that was found identical on the host", async () => {
    expect(await countRuns()).toBe(0);
  });

  it("are run once for several files, before the units of the revision start, outside of the agent's sandbox", async () => {
    await host.deploy({
      "files/etc/hooked/1.conf": "one\n",
      "files/etc/hooked/2.conf": "two\n",
      "units/needs.service": sleeper("ExecStartPre=/bin/grep two /run/hooked.state\n"),
    });
    expect([await countRuns(), await readState()]).toEqual([1, "same\none\ntwo"]);
    expect(await host.machine.readFile("/run/hooked.arguments")).toBe("$HOME %n|a b|");
    const capabilities = await host.machine.readFile("/run/hooked.capabilities");
    expect(capabilities).toBe(
      await host.machine.shell("grep CapBnd /proc/1/status").then((text) => `${text}\n`),
    );
    const variables = (await host.machine.readFile("/run/hooked.environment")).split("\n");
    const own = [
      "NOTIFY_SOCKET",
      "WATCHDOG_PID",
      "STATE_DIRECTORY",
      "RUNTIME_DIRECTORY",
      "CREDENTIALS_DIRECTORY",
    ];
    expect(variables.filter((name) => own.includes(name))).toEqual([]);
    const { stdout } = await host.run("history");
    expect(stdout).toContain(
      "ran join-conf '$HOME %n' 'a b': /etc/hooked/1.conf added, /etc/hooked/2.conf added",
    );
  });

  it("are not run by a commit that does not change their files", async () => {
    await host.deploy({ "units/a.service": sleeper("Nice=1\n") });
    expect(await countRuns()).toBe(1);
  });

  it("are named by plan", async () => {
    await host.machine.shell("systemctl stop gitops-agent");
    await host.push({ "files/etc/hooked/2.conf": "two again\n" });
    const { stdout } = await host.run("plan");
    expect(stdout).toMatch(/run +join-conf '\$HOME %n' 'a b' +because \/etc\/hooked\/2\.conf changed/);
    const commit = await host.push({ "files/etc/hooked/2.conf": "two\n" });
    await host.start();
    await host.waitUntilAttempted(commit);
    expect(await countRuns()).toBe(1);
  });

  describe("roll the revision back", () => {
    it("when they fail, before a unit is touched, and are run again with the old files", async () => {
      const before = await countRuns();
      const unitBefore = await runOf("a.service");
      const status = await host.pushAndWait({
        "files/etc/hooked/1.conf": "bad\n",
        "units/a.service": sleeper("Nice=2\n"),
      });
      expect(status.sync.state).toBe("rejected");
      expect(describeRejection(status)).toContain(
        "join-conf '$HOME %n' 'a b' failed after /etc/hooked/1.conf changed: exit status 3",
      );
      expect(describeRejection(status)).toContain("a bad value");
      expect(status.sync.failedUnits).toEqual([]);
      expect([(await countRuns()) - before, await readState()]).toEqual([2, "same\none\ntwo"]);
      expect(await host.machine.shell("systemctl list-units --failed --no-legend 'gitops-agent-*'")).toBe("");
      await host.deploy({ "files/etc/hooked/1.conf": "one\n", "units/a.service": sleeper("Nice=1\n") });
      expect(await runOf("a.service")).toEqual(unitBefore);
    });

    it("when they do not end within health.timeout", async () => {
      const status = await host.pushAndWait({ "files/etc/hooked/3.conf": "endless\n" });
      expect(describeRejection(status)).toContain("it had not ended after 6 s");
      expect(await readState()).toBe("same\none\ntwo");
      await host.deploy({ "files/etc/hooked/3.conf": null });
    });

    it("when their program does not exist", async () => {
      const missing = rules.replace("files:", "files:\n  /etc/odd.conf: { run: [/usr/bin/no-such-program] }");
      const status = await host.pushAndWait({ "gitops.yaml": missing, "files/etc/odd.conf": "x\n" });
      expect(describeRejection(status)).toContain("/usr/bin/no-such-program cannot be executed");
      expect(describeRejection(status)).toContain("gitops.yaml: /etc/odd.conf runs /usr/bin/no-such-program");
      expect(await host.machine.exists("/etc/odd.conf")).toBe(false);
      await host.deploy({ "gitops.yaml": rules, "files/etc/odd.conf": null });
    });
  });

  it("are run again by an agent that was killed while they ran", async () => {
    const before = await countRuns();
    const commit = await host.push({ "files/etc/hooked/1.conf": "slow\n" });
    await host.machine.waitFor("the hook to run", async () => (await countRuns()) > before);
    await host.machine.shell("systemctl kill --kill-whom=main --signal=KILL gitops-agent.service");
    await host.machine.shell(
      "systemctl reset-failed gitops-agent.service; systemctl restart gitops-agent.service",
    );
    await host.machine.shell("touch /run/hooked.release");
    const status = await host.waitUntilAttempted(commit);
    expect(status.sync.applied?.commit).toBe(commit);
    expect([(await countRuns()) - before, await readState()]).toEqual([2, "same\nslow\ntwo"]);
  });

  it("are run when an edit on the host is put back", async () => {
    await host.deploy({ "files/etc/hooked/own.conf": "git\n" });
    const before = await countRuns();
    await host.machine.shell("echo edit >/etc/hooked/own.conf && join-conf x");
    expect(await readState()).toContain("edit");
    await host.machine.waitFor("the hook to run", async () => (await readState()).endsWith("git"));
    await host.machine.waitFor("no drift", async () => (await host.status()).drift.length === 0);
    expect((await countRuns()) - before).toBe(1);
  });

  it("are run when their file is deleted, together with its rules", async () => {
    await host.deploy({
      "gitops.yaml": rules.replace(/^.*join-conf.*\n/m, ""),
      "files/etc/hooked/own.conf": null,
      "files/etc/hooked/2.conf": null,
    });
    expect(await readState()).toBe("same\nslow");
    await host.deploy({ "gitops.yaml": rules });
  });

  describe("reload a unit", () => {
    it("of the distribution, whose process goes on", async () => {
      const before = await runOf("foreign.service");
      await host.deploy({ "files/etc/foreign/app.conf": "one\n" });
      expect(await host.machine.readFile("/run/foreign.loaded")).toBe("one\n");
      await host.deploy({ "files/etc/foreign/app.conf": "two\n" });
      expect(await host.machine.readFile("/run/foreign.loaded")).toBe("two\n");
      expect(await runOf("foreign.service")).toEqual(before);
    });

    it("of the distribution only if it runs", async () => {
      await host.machine.shell("systemctl stop foreign.service");
      await host.deploy({ "files/etc/foreign/app.conf": "three\n" });
      expect(await host.activeState("foreign.service")).toBe("inactive");
      expect(await host.machine.readFile("/run/foreign.loaded")).toBe("two\n");
    });

    it("that cannot be reloaded: the revision is rolled back", async () => {
      const before = await runOf("rigid.service");
      const status = await host.pushAndWait({ "files/etc/foreign/rigid.conf": "one\n" });
      expect(describeRejection(status)).toContain("systemd refuses to reload rigid.service");
      expect(await runOf("rigid.service")).toEqual(before);
      expect(await host.machine.exists("/etc/foreign/rigid.conf")).toBe(false);
      await host.deploy({ "files/etc/foreign/rigid.conf": null });
    });

    it("of the distribution as a restart, if the rules say so", async () => {
      const before = await runOf("rigid.service");
      await host.deploy({ "files/etc/foreign/restart.conf": "one\n" });
      expect(await host.activeState("rigid.service")).toBe("active");
      expect(await host.invocationId("rigid.service")).not.toBe(before[1]);
    });

    it("of git instead of the restart that its mention of the file would be", async () => {
      const unit = sleeper(
        "Environment=CONFIG=/etc/app/own.conf\nExecReload=/bin/cp /etc/app/own.conf /run/own.loaded\n",
      );
      await host.deploy({ "units/own.service": unit, "files/etc/app/own.conf": "one\n" });
      const before = await runOf("own.service");
      await host.deploy({ "files/etc/app/own.conf": "two\n" });
      expect(await host.machine.readFile("/run/own.loaded")).toBe("two\n");
      expect(await runOf("own.service")).toEqual(before);
    });
  });
});
