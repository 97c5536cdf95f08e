/** What a person asks to understand a host: one unit, why it was or was not restarted, one sync, the journal. */
import { beforeAll, expect, it } from "vitest";
import type { UnitDetails } from "../../src/core/model/unit-details.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

describeOnEachRoot("a person who wants to understand", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.start();
    await host.deploy({
      "units/db.service": sleeper(),
      "units/web.service": `[Unit]\nRequires=db.service\nAfter=db.service\n${sleeper("Environment=V=1\n")}`,
      "units/web.service.d/10-limit.conf": "[Service]\nTimeoutStopSec=10\n",
      "secrets/web.service/token.age": await host.encrypt("a secret value"),
    });
    await host.deploy({ "units/web.service.d/10-limit.conf": "[Service]\nTimeoutStopSec=20\n" });
  });

  async function readDetails(name: string): Promise<UnitDetails | undefined> {
    const { stdout } = await host.run("status", name, "--json");
    return (JSON.parse(stdout) as { readonly units: readonly UnitDetails[] }).units[0];
  }

  it("sees where each setting comes from, what it is tied to, and what systemd says", async () => {
    const details = await readDetails("web.service");
    const { settings, files = [], relations, credentials, unit } = details ?? {};
    expect(settings).toContainEqual({
      name: "Service.TimeoutStopSec",
      value: "20",
      where: "units/web.service.d/10-limit.conf:2",
    });
    expect(settings).toContainEqual(expect.objectContaining({ name: "Service.Environment", value: "V=1" }));
    const shown = await host.machine.properties("web.service", ["DropInPaths", "InvocationID"]);
    const dropIns = files.filter(({ role }) => role === "drop-in" || role === "credentials");
    expect(dropIns.map(({ path }) => path)).toEqual((shown["DropInPaths"] ?? "").split(" "));
    expect(relations).toContainEqual({ relation: "Requires", unit: "db.service", activeState: "active" });
    expect(relations).toContainEqual({
      relation: "WantedBy",
      unit: "multi-user.target",
      activeState: "active",
    });
    expect(credentials).toEqual([
      expect.objectContaining({
        name: "token",
        origin: "secrets/web.service/token.age",
        changedAt: expect.any(String),
      }),
    ]);
    expect(unit?.activeState).toBe("active");
    const { stdout, exitCode } = await host.run("status", "web");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("TimeoutStopSec=20")]);
    expect(stdout).not.toContain("a secret value");
  });

  it("is told why it was restarted, and why not", async () => {
    const before = await host.invocationId("web.service");
    const change = `[Unit]\nRequires=db.service\nAfter=db.service\n${sleeper("Environment=V=2\n")}`;
    await host.deploy({ "units/web.service": change });
    expect(await host.invocationId("web.service")).not.toBe(before);
    const { stdout } = await host.run("why", "web.service");
    expect(stdout).toMatch(/restarted +[0-9a-f]{7} +Environment= changed/);
    expect(stdout).toMatch(/uninterrupted +[0-9a-f]{7} +TimeoutStopSec= changed/);
    expect((await host.run("why", "db.service")).stdout).toContain(
      "web.service  because of Requires=db.service",
    );
  });

  it("sees what is pending, and what the process runs with meanwhile", async () => {
    const config =
      "defaults: { health: { settle: 300ms, timeout: 30s } }\nunits: { db.service: { on-change: none } }\n";
    const running = await host.invocationId("db.service");
    await host.deploy({ "gitops.yaml": config, "units/db.service": sleeper("Environment=V=2\n") });
    expect(await readDetails("db.service")).toMatchObject({
      startedWith: ["Environment= added"],
      pending: expect.stringContaining("on-change"),
      history: [{ action: "pending" }, { action: "started" }],
    });
    expect(await host.invocationId("db.service")).toBe(running);
  });

  it("sees one sync of the past with its times and its diff, without a secret", async () => {
    const { stdout, exitCode } = await host.run("history", "@2");
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/-Environment=V=1\n\+Environment=V=2/)]);
    expect(stdout).toMatch(/took +prepare .*apply .*settle/);
    expect(stdout).toContain("restarted web.service: Environment= changed");
    const first = await host.run("history", "@4");
    expect(first.stdout).not.toContain("BEGIN AGE");
  });

  it("reads the journal of what the last change touched", async () => {
    await host.deploy({
      "units/talks.service": `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/echo hello from talks\n${enabled}`,
    });
    expect((await host.run("logs")).stdout).toContain("hello from talks");
    expect((await host.run("logs", "db", "-n", "5")).stdout).not.toContain("hello from talks");
  });

  it("may read all this as a member of the group, and is told what is wrong with a name", async () => {
    await host.machine.shell("useradd --groups gitops-agent reader; useradd stranger");
    const as = (user: string, ...args: readonly string[]) =>
      host.machine.run(["runuser", "-u", user, "--", "gitops-agent", ...args]);
    expect((await as("reader", "status", "web.service")).stdout).toContain("TimeoutStopSec=20");
    expect((await as("reader", "history", "@2")).stdout).toContain("no diff");
    expect((await as("stranger", "status", "web.service")).exitCode).toBe(4);
    const wrong = await host.run("status", "wab.service");
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("did you mean web.service?")]);
  });
});
