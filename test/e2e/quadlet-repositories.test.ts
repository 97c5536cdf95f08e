/** Quadlets as people keep them: in directories with the files that they use, as templates, with sockets and secrets. */
import { beforeAll, describe, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachPodmanRoot } from "../support/machine/each-root.ts";
import { container, importTinyImage } from "../support/texts/quadlet-texts.ts";
import { enabled } from "../support/texts/unit-texts.ts";

const web = container({
  exec: "/busybox sleep 10000",
  container: "Network=none\nEnvironmentFile=./web.env\nVolume=./conf:/conf:ro\n",
});
const worker = (more = "") =>
  container({ exec: `/busybox sleep 1000%i`, container: `Network=none\n${more}` });
const rules = (instance: string) => `layout: { units: [units, 'stacks/**'] }
units: { worker@.service: { instances: ["${instance}"] } }
defaults: { health: { settle: 300ms, timeout: 30s } }
`;

describeOnEachPodmanRoot("a repository of quadlets", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml: "prune-limit: 100%" });
    await importTinyImage(host.machine);
    await host.push({
      "gitops.yaml": rules("2"),
      "units/worker@.container": worker(),
      "units/worker@1.container": { symlink: "worker@.container" },
      "stacks/web/web.container": web,
      "stacks/web/web.env": "MODE=first\n",
      "stacks/web/conf/app.conf": "first\n",
      "stacks/web/README.md": "the web server\n",
      "stacks/db/db.container": container({ exec: "/busybox sleep 10000" }),
      "stacks/db/README.md": "the database\n",
      "stacks/db/db.env": "nobody reads me\n",
    });
    await host.start();
    await host.machine.waitFor(
      "the first sync",
      async () => (await host.status()).sync.state === "in-sync",
      90_000,
    );
  });

  const units = ["web.service", "db.service", "worker@1.service", "worker@2.service"];

  async function restartedBy(changes: Parameters<AgentHost["deploy"]>[0]): Promise<readonly string[]> {
    const before = await host.machine.invocationIds(units);
    await host.deploy(changes);
    const after = await host.machine.invocationIds(units);
    return units.filter((unit) => before.get(unit) !== after.get(unit));
  }

  async function readInWeb(...command: readonly string[]): Promise<string> {
    return host.machine.check(["podman", "exec", "systemd-web", "/busybox", ...command]);
  }

  it("in directories of its own runs with the files beside each quadlet, and nothing else of them is placed", async () => {
    for (const unit of units) expect(await host.activeState(unit), unit).toBe("active");
    expect(await readInWeb("cat", "/conf/app.conf")).toBe("first");
    expect(await readInWeb("env")).toContain("MODE=first");
    expect(await host.machine.shell("cd /etc/containers/systemd && find * ! -type d | LC_ALL=C sort")).toBe(
      [
        "db/db.container",
        "web/conf/app.conf",
        "web/web.container",
        "web/web.env",
        "worker@.container",
        "worker@1.container",
        "worker@2.container",
      ].join("\n"),
    );
    expect((await host.run("plan")).exitCode).toBe(0);
    expect((await host.status()).drift).toEqual([]);
  });

  it("has a container restarted when a file beside its quadlet changes, and no other", async () => {
    expect(await restartedBy({ "stacks/web/web.env": "MODE=second\n" })).toEqual(["web.service"]);
    expect(await readInWeb("env")).toContain("MODE=second");
    expect(await restartedBy({ "stacks/web/conf/more.conf": "new\n" })).toEqual(["web.service"]);
    expect(await readInWeb("cat", "/conf/more.conf")).toBe("new");
    expect(await restartedBy({ "stacks/db/README.md": "changed\n" })).toEqual([]);
  });

  describe("with a template", () => {
    it("has the instances of links and of gitops.yaml started at boot, and restarted with the template", async () => {
      const { Wants } = await host.machine.properties("multi-user.target", ["Wants"]);
      for (const unit of ["worker@1.service", "worker@2.service"]) expect(Wants).toContain(unit);
      expect(Wants).not.toContain("worker@.service");
      expect(await restartedBy({ "units/worker@.container": worker("Environment=A=b\n") })).toEqual([
        "worker@1.service",
        "worker@2.service",
      ]);
      const drop = { "units/worker@1.container.d/10.conf": "[Container]\nEnvironment=C=d\n" };
      expect(await restartedBy(drop)).toEqual(["worker@1.service"]);
    });

    it("has an instance stopped that nobody declares any more", async () => {
      await host.deploy({ "gitops.yaml": rules("3") });
      expect(await host.activeState("worker@2.service")).toBe("inactive");
      expect(await host.activeState("worker@3.service")).toBe("active");
      await host.deploy({ "units/worker@1.container": null, "units/worker@1.container.d/10.conf": null });
      expect(await host.activeState("worker@1.service")).toBe("inactive");
      expect(await host.activeState("worker@3.service")).toBe("active");
    });

    it("has an instance started that a target of the repository wants", async () => {
      const target = `[Unit]\nWants=worker@4.service\n${enabled}`;
      await host.deploy({ "units/all.target": target });
      expect(await host.activeState("worker@4.service")).toBe("active");
      expect((await host.run("plan")).exitCode).toBe(0);
      await host.deploy({ "units/all.target": null });
      expect(await host.activeState("worker@4.service")).toBe("inactive");
    });
  });
});
