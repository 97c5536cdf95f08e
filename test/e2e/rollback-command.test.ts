/** `gitops-agent rollback`: a person goes back, the host stays there, and goes forward again; each unit is interrupted once. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

describeOnEachRoot("going back by hand", (boot) => {
  let host: AgentHost;
  const commits: string[] = [];
  const names = ["web.service", "stays.service"];

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.start();
    for (const version of [1, 2, 3, 4]) {
      const changes = {
        "units/web.service": sleeper(`Environment=V=${version}\n`),
        "units/stays.service": sleeper(),
      };
      const { sync } = await host.deploy(changes);
      commits.push(sync.applied?.commit ?? "");
    }
  });

  async function versionOf(): Promise<string> {
    return (await host.machine.properties("web.service", ["Environment"]))["Environment"] ?? "";
  }

  it("shows the plan and the files and asks nobody without a terminal", async () => {
    const { exitCode, stderr } = await host.run("rollback");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("--yes")]);
    expect(await versionOf()).toBe("V=4");
  });

  it("goes three back, stays there at a push, and restarts only what differs", async () => {
    const before = await host.machine.invocationIds(names);
    const { exitCode, stdout } = await host.run("rollback", "@4", "--yes", "--because", "login is broken");
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/-Environment=V=4\n\+Environment=V=1/)]);
    expect(stdout).toContain(`git revert ${commits[0]?.slice(0, 12)}..${commits[3]?.slice(0, 12)}`);
    const after = await host.machine.invocationIds(names);
    expect([await versionOf(), after.get("stays.service")]).toEqual(["V=1", before.get("stays.service")]);
    expect(after.get("web.service")).not.toBe(before.get("web.service"));
    const status = await host.run("status");
    expect([status.exitCode, status.stdout]).toEqual([
      1,
      expect.stringMatching(/root went back to .*: login is broken/),
    ]);
    const pushed = await host.push({ "units/web.service": sleeper("Environment=V=5\n") });
    expect((await host.run("sync")).stdout).toContain(commits[0]?.slice(0, 7));
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await host.machine.waitFor(
      "the pin after a restart",
      async () => (await host.status()).sync.state === "pinned",
    );
    expect(await host.machine.invocationIds(names)).toEqual(after);
    commits.push(pushed);
  });

  it("goes forward to the newest revision when it is resumed", async () => {
    const before = await host.machine.invocationIds(names);
    expect((await host.run("resume")).exitCode).toBe(0);
    const after = await host.machine.invocationIds(names);
    expect([await versionOf(), after.get("stays.service")]).toEqual(["V=5", before.get("stays.service")]);
    expect((await host.status()).sync).toMatchObject({ state: "in-sync", pinned: null });
  });

  it("goes forward by itself at the next commit, if it was for so long", async () => {
    expect((await host.run("rollback", "--yes", "--until-next")).exitCode).toBe(0);
    expect([await versionOf(), (await host.status()).sync.state]).toEqual(["V=1", "pinned"]);
    await host.deploy({ "units/web.service": sleeper("Environment=V=6\n") });
    expect((await host.status()).sync).toMatchObject({ state: "in-sync", pinned: null });
  });

  it("returns from an old revision whose units do not work any more", async () => {
    const fails = `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/test -e /run/works\n${enabled}`;
    await host.machine.check(["touch", "/run/works"]);
    await host.deploy({ "units/web.service": fails });
    await host.deploy({ "units/web.service": sleeper("Environment=V=7\n") });
    const stays = await host.invocationId("stays.service");
    await host.machine.check(["rm", "/run/works"]);
    const { exitCode, stderr } = await host.run("rollback", "--yes");
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining("does not work")]);
    expect([await versionOf(), await host.activeState("web.service")]).toEqual(["V=7", "active"]);
    expect(await host.invocationId("stays.service")).toBe(stays);
    expect((await host.status()).sync.state).toBe("rejected");
    expect((await host.run("resume")).exitCode).toBe(0);
    expect((await host.status()).sync.state).toBe("in-sync");
  });

  it("refuses what the history does not have", async () => {
    for (const [name, why] of [
      ["cafe1234", "has no sync"],
      ["main", "neither the beginning"],
      ["@1", "already"],
    ] as const) {
      const { exitCode, stderr } = await host.run("rollback", name, "--yes");
      expect([exitCode, stderr]).toEqual([name === "cafe1234" ? 3 : 2, expect.stringContaining(why)]);
      expect(stderr).toContain("hint:");
    }
  });
});
