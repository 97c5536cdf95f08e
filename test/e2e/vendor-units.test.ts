/** Units of the distribution that git overrides for a while: when the override goes, they are as they were. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const versionOf =
  "tr '\\0' '\\n' </proc/$(systemctl show --property=MainPID --value v.service)/environ | sed -n s/^V=//p";
const link = "/etc/systemd/system/multi-user.target.wants/v.service";

describeOnEachRoot("an override of a unit of the distribution", (boot) => {
  let host: AgentHost;
  let linkTarget: string;
  const override = {
    "units/v.service": sleeper("Environment=V=git\n"),
    "gitops.yaml": "units:\n  v.service: { adopt: true }\n",
  };

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    const { machine } = host;
    await machine.writeFile("/usr/lib/systemd/system/v.service", sleeper("Environment=V=vendor\n"));
    await machine.shell("systemctl daemon-reload; systemctl enable --now v.service");
    linkTarget = await machine.check(["readlink", link]);
    await host.push({ "units/first.service": sleeper() });
    await host.start();
    await machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  async function expectVendor(): Promise<void> {
    const { machine } = host;
    expect(await machine.exists("/etc/systemd/system/v.service")).toBe(false);
    expect(await host.activeState("v.service")).toBe("active");
    expect(await machine.shell(versionOf)).toBe("vendor");
    expect(await machine.check(["systemctl", "is-enabled", "v.service"])).toBe("enabled");
    expect(await machine.check(["readlink", link])).toBe(linkTarget);
    expect((await host.status()).drift).toEqual([]);
  }

  it("takes over and, removed, leaves it running with its own definition, enabled by the link that it had", async () => {
    await host.deploy(override);
    expect(await host.machine.shell(versionOf)).toBe("git");
    expect(await host.machine.check(["readlink", link])).toBe("/etc/systemd/system/v.service");
    await host.deploy({ "units/v.service": sleeper("Environment=V=git\nNice=1\n") });
    await host.deploy({ "units/v.service": null, "gitops.yaml": null });
    await expectVendor();
    const [newest] = (await host.run("history")).stdout.split("\n\n");
    expect(newest).toMatch(/restarted +v\.service.*v\.service defines it again/);
    const plan = await host.run("plan");
    expect(plan.exitCode).toBe(0);
  });

  it("can be replaced by a drop-in: the unit runs its own definition with that", async () => {
    await host.deploy(override);
    await host.deploy({
      "units/v.service": null,
      "units/v.service.d/git.conf": "[Service]\nNice=3\n",
      "gitops.yaml": null,
    });
    expect(await host.machine.shell(versionOf)).toBe("vendor");
    const { machine } = host;
    expect(await machine.properties("v.service", ["ActiveState", "Nice"])).toEqual({
      ActiveState: "active",
      Nice: "3",
    });
    expect(await machine.check(["systemctl", "is-enabled", "v.service"])).toBe("enabled");
    await host.deploy({ "units/v.service.d/git.conf": null });
    await expectVendor();
  });
});
