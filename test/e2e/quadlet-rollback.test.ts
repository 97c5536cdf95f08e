/** A revision whose containers do not run, with a real podman, is undone like any other, and not tried again by itself. */
import { beforeAll, expect, it } from "vitest";
import type { Status } from "../../src/core/model/status.ts";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachPodmanRoot } from "../support/machine/each-root.ts";
import { container, importTinyImage } from "../support/texts/quadlet-texts.ts";

const running = "/busybox sleep 10000";
const units = ["app.service", "other.service"];
/** On a busy machine podman needs seconds to notice that a container has ended. One that works must not wait that long. */
const longSettle = "units: { app.service: { health: { settle: 30s } } }\n";

describeOnEachPodmanRoot("a revision whose quadlet does not work", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await importTinyImage(host.machine);
    await host.push({
      "units/app.container": container({ exec: running }),
      "units/other.container": container({ exec: running }),
    });
    await host.start();
    await host.machine.waitFor(
      "the first sync",
      async () => (await host.status()).sync.state === "in-sync",
      90_000,
    );
  });

  async function listContainers(): Promise<string> {
    return host.machine.check([
      "podman",
      "ps",
      "--all",
      "--no-trunc",
      "--sort=names",
      "--format={{.Names}} {{.Command}}",
    ]);
  }

  /** Pushes what must fail, together with a new container that must go again; everything is as before in the end. */
  async function pushBad(changes: FixtureChanges): Promise<Status> {
    const good = (await host.status()).sync.applied;
    const before = await host.machine.invocationIds(units);
    const status = await host.pushAndWait({
      ...changes,
      "gitops.yaml": longSettle,
      "units/added.container": container({ exec: running }),
    });
    expect(status.sync).toMatchObject({ state: "rejected", applied: good, failedUnits: [] });
    expect(status.sync.rejection?.code).toBe("unhealthy");
    expect(status.sync.rejection?.message).toContain("app.service");
    expect(status.drift).toEqual([]);
    expect(await host.activeState("app.service")).toBe("active");
    expect(await listContainers()).toBe(`systemd-app ${running}\nsystemd-other ${running}`);
    expect(await host.machine.properties("added.service", ["LoadState", "ActiveState"])).toEqual({
      LoadState: "not-found",
      ActiveState: "inactive",
    });
    expect(await host.machine.shell("find /etc/containers/systemd -type f -printf '%f\\n' | sort")).toBe(
      "app.container\nother.container",
    );
    expect(await host.invocationId("other.service")).toBe(before.get("other.service"));
    return status;
  }

  /** However often the agent is asked, and also when it has been started anew. */
  async function expectNotTriedAgain(): Promise<void> {
    const after = await host.machine.invocationIds(units);
    expect((await host.run("sync")).exitCode).toBe(3);
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await host.machine.waitFor("the agent's next round", async () => (await host.status()).agent.running);
    expect((await host.run("sync")).exitCode).toBe(3);
    expect(await host.machine.invocationIds(units)).toEqual(after);
  }

  async function pushGood(exec: string): Promise<void> {
    await host.deploy({
      "units/app.container": container({ exec }),
      "units/added.container": null,
      "gitops.yaml": null,
    });
    expect(await listContainers()).toBe(`systemd-app ${exec}\nsystemd-other ${running}`);
    await host.deploy({ "units/app.container": container({ exec: running }) });
  }

  it("because the container's program exits at once: back, told with exit status and its last words", async () => {
    await pushBad({
      "units/app.container": container({
        exec: `/busybox sh -c "echo cannot bind the port >&2; exit 9"`,
      }),
    });
    const text = await host.run("status");
    expect(text.exitCode).toBe(3);
    for (const part of ["app.service", "exit-code", "exit status 9", "cannot bind the port"]) {
      expect(text.stdout).toContain(part);
    }
    await expectNotTriedAgain();
    await pushGood("/busybox sleep 20000");
  });

  it("because systemd has to start the container again and again", async () => {
    await pushBad({
      "units/app.container": container({
        exec: `/busybox sh -c "exit 7"`,
        more: "[Service]\nRestart=always\nRestartSec=100ms\n",
      }),
    });
    await pushGood("/busybox sleep 20001");
  });

  it("because the container's image is nowhere to be had", async () => {
    const image = "registry.invalid/absent:1";
    const status = await pushBad({ "units/app.container": container({ exec: running, image }) });
    const details = status.sync.rejection?.details.join("\n");
    expect(details).toContain("exit status 125");
    expect(details).toContain(image);
    await expectNotTriedAgain();
    await pushGood("/busybox sleep 20002");
  });

  it("because the generator refuses it: then no container is touched at all", async () => {
    const before = await host.machine.invocationIds(units);
    const status = await host.pushAndWait({ "units/app.container": "[Container]\nExec=/busybox true\n" });
    expect(status.sync).toMatchObject({ state: "rejected", rejection: { code: "repository-invalid" } });
    expect(await host.machine.invocationIds(units)).toEqual(before);
    await pushGood("/busybox sleep 20003");
  });
});
