/** What people decide at the host: to leave it as it is, to wait for a window or an approval. Units run on meanwhile. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const configPath = "/etc/gitops-agent/agent.yaml";

describeOnEachRoot("a host on which people decide", (boot) => {
  let host: AgentHost;
  let config = "";

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    config = await host.machine.readFile(configPath);
    await host.machine.check(["systemctl", "enable", "gitops-agent.service"]);
    await host.push({ "units/web.service": sleeper("Environment=V=1\n") });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  async function restartWith(lines: string): Promise<void> {
    await host.machine.writeFile(configPath, `${config}${lines}`);
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
  }

  async function waitForState(state: string): Promise<void> {
    await host.machine.waitFor(
      `the headline ${state}`,
      async () => (await host.status()).sync.state === state,
    );
  }

  it("suspends: a push is planned and not applied, drift is told and not put back", async () => {
    const running = await host.invocationId("web.service");
    const { stdout, exitCode } = await host.run(
      "suspend",
      "--for",
      "2h",
      "--because",
      "the disk is replaced",
    );
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("suspended by root until")]);
    await host.push({ "units/web.service": sleeper("Environment=V=2\n") });
    await host.machine.waitFor("the push to be planned", async () => {
      const { waiting } = (await host.status()).sync;
      return waiting?.for === "suspended" && waiting.would.interrupts.includes("web.service");
    });
    await host.machine.shell("echo '# edited' >>/etc/systemd/system/web.service");
    await host.machine.waitFor("the drift to be told", async () => (await host.status()).drift.length > 0);
    expect(await host.invocationId("web.service")).toBe(running);
    const status = await host.run("status");
    expect([status.exitCode, status.stdout]).toEqual([
      1,
      expect.stringMatching(/suspended by root until .*: the disk is replaced/),
    ]);
    const sync = await host.run("sync");
    expect([sync.exitCode, sync.stdout]).toEqual([
      1,
      expect.stringContaining("waits, as this host is suspended"),
    ]);
    expect(await host.machine.readFile("/etc/systemd/system/web.service")).toContain("# edited");
    expect((await host.run("plan")).stdout).toContain("A sync would not do this now");
  });

  it("stays suspended over a reboot, and applies what waited when it is resumed", async () => {
    await host.machine.reboot();
    await waitForState("suspended");
    expect(await host.machine.readFile("/etc/systemd/system/web.service")).toContain("V=1");
    const running = await host.invocationId("web.service");
    const { exitCode, stdout } = await host.run("resume");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("applied")]);
    expect(await host.invocationId("web.service")).not.toBe(running);
    expect((await host.status()).sync).toMatchObject({ suspended: null, waiting: null });
    const journal = await host.machine.journal({ unit: "gitops-agent.service" });
    expect(journal).toMatch(/host\.suspended .*by=root/);
    expect(journal).toMatch(/host\.resumed .*by=root/);
  });

  it("ends a suspension by itself, and then applies what waited, although no poll is due for an hour", async () => {
    expect((await host.run("suspend", "--for", "4s")).exitCode).toBe(0);
    const commit = await host.push({ "units/web.service": sleeper("Environment=V=3\n") });
    await host.machine.waitFor(
      "the push to wait",
      async () => (await host.status()).sync.attempted?.commit === commit,
    );
    await host.machine.waitFor("the push to be applied", async () => {
      const { state, applied } = (await host.status()).sync;
      return state === "in-sync" && applied?.commit === commit;
    });
    expect((await host.status()).sync).toMatchObject({ suspended: null, waiting: null });
    expect(await host.machine.journal({ unit: "gitops-agent.service" })).toContain("its time is over");
  });

  it("waits for a window, says when it opens, and not if a person says now", async () => {
    const day = (await host.machine.check(["date", "-d", "2 days ago", "+%a"])).trim();
    await restartWith(`windows: ["${day} 02:00..03:00"]\n`);
    await waitForState("in-sync");
    const running = await host.invocationId("web.service");
    await host.push({ "units/web.service": sleeper("Environment=V=4\n") });
    await waitForState("waiting");
    const { stdout } = await host.run("status");
    expect(stdout).toMatch(/waits for the next window, which opens at .* 02:00/);
    expect(await host.invocationId("web.service")).toBe(running);
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await waitForState("waiting");
    expect((await host.run("sync", "--now")).exitCode).toBe(0);
    expect(await host.invocationId("web.service")).not.toBe(running);
  });

  it("waits for an approval, which is for one commit", async () => {
    await restartWith("confirm: true\n");
    await waitForState("in-sync");
    const running = await host.invocationId("web.service");
    const commit = await host.push({ "units/web.service": sleeper("Environment=V=5\n") });
    await waitForState("waiting");
    const wrong = await host.run("approve", "0000000");
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining(commit.slice(0, 7))]);
    expect(await host.invocationId("web.service")).toBe(running);
    expect((await host.run("approve", commit.slice(0, 10))).exitCode).toBe(0);
    expect(await host.invocationId("web.service")).not.toBe(running);
    await host.push({ "units/web.service": sleeper("Environment=V=6\n") });
    await waitForState("waiting");
  });
});
