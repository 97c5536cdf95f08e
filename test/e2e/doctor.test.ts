/** `doctor` on a healthy host, and on hosts that somebody broke: each break is named, with what to do. */
import { beforeAll, expect, it } from "vitest";
import type { Checkup } from "../../src/core/health/checkup.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const identityPath = "/etc/gitops-agent/identity.txt";
const configPath = "/etc/gitops-agent/agent.yaml";

describeOnEachRoot("a doctor", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.machine.check(["systemctl", "enable", "gitops-agent.service"]);
    await host.start();
    await host.deploy({
      "units/web.service": sleeper(),
      "secrets/web.service/token.age": await host.encrypt("a secret value"),
    });
  });

  async function examine(): Promise<{ readonly exitCode: number; readonly checks: readonly Checkup[] }> {
    const { exitCode, stdout } = await host.run("doctor", "--json");
    return { exitCode, ...(JSON.parse(stdout) as { readonly checks: readonly Checkup[] }) };
  }

  /** Breaks the host, expects one finding, and mends the host. */
  async function expectFinding(
    found: { readonly check: string; readonly result: string; readonly says: RegExp },
    breaks: string,
    mends: string,
  ): Promise<void> {
    await host.machine.shell(breaks);
    const { checks, exitCode } = await examine();
    await host.machine.shell(mends);
    const { check, result, says } = found;
    const [message, hint] = [expect.stringMatching(says), expect.stringMatching(/./)];
    expect(checks).toContainEqual({ check, result, message, hint });
    expect(exitCode).toBe(checks.some((one) => one.result === "problem") ? 3 : 0);
  }

  it("finds nothing wrong with a host that is set up, and changes nothing", async () => {
    const before = await host.invocationId("web.service");
    const { exitCode, checks } = await examine();
    expect(checks.filter(({ result }) => result === "problem")).toEqual([]);
    expect(exitCode).toBe(0);
    for (const check of [
      "d-bus",
      "daemon",
      "at boot",
      "identities",
      "repository",
      "secrets",
      "plan",
      "sandbox",
    ]) {
      expect(checks).toContainEqual(expect.objectContaining({ check, result: "ok" }));
    }
    expect(await host.invocationId("web.service")).toBe(before);
    const { stdout } = await host.run("doctor");
    expect(stdout).toMatch(/✔ repository +.*gives main@[0-9a-f]{7}/);
    expect(stdout).not.toContain("a secret value");
  });

  it("names each thing that is broken", { timeout: 120_000 }, async () => {
    const problem = (check: string, says: RegExp) => ({ check, result: "problem", says });
    await expectFinding(
      problem("identities", /identity\.txt/),
      `chmod 644 ${identityPath}`,
      `chmod 600 ${identityPath}`,
    );
    await expectFinding(
      problem("daemon", /not running/),
      "systemctl stop gitops-agent",
      "systemctl start gitops-agent",
    );
    await expectFinding(
      problem("repository", /hosts\.git/),
      "mv /srv/hosts.git /srv/away",
      "mv /srv/away /srv/hosts.git",
    );
    await expectFinding(
      problem("agent.yaml", /agent\.yaml:\d+: unknown key/),
      `cp ${configPath} /root/kept; echo 'hosst: h1' >>${configPath}`,
      `cp /root/kept ${configPath}`,
    );
    await expectFinding(
      problem("d-bus", /./),
      "systemctl stop dbus.socket dbus.service",
      "systemctl start dbus.socket; systemctl restart gitops-agent",
    );
    await expectFinding(
      { check: "group", result: "warning", says: /no group/ },
      "cp /etc/group /root/group; sed -i '/^gitops-agent:/d' /etc/group",
      "cp /root/group /etc/group",
    );
  });

  it("names what the sandbox does not let the agent write, and a revision that would be refused", async () => {
    await host.push({ "files/usr/share/app/x.conf": "x\n" });
    expect((await examine()).checks).toContainEqual(
      expect.objectContaining({
        check: "sandbox",
        result: "problem",
        hint: expect.stringContaining("ReadWritePaths=/usr/share/app"),
      }),
    );
    await host.push({ "files/usr/share/app/x.conf": null, "units/web.service": "[Service\n" });
    expect((await examine()).checks).toContainEqual(
      expect.objectContaining({
        check: "revision",
        result: "problem",
        message: expect.stringContaining("units/web.service:1"),
      }),
    );
  });

  it("says what only root may find out", async () => {
    await host.machine.shell("useradd stranger");
    const argv = ["runuser", "-u", "stranger", "--", "gitops-agent", "doctor"];
    const { exitCode, stdout } = await host.machine.run(argv);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/\? identities .*\n +hint: ask as root/)]);
  });
});
