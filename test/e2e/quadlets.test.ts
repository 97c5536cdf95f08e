/** Quadlets with a real podman: an image made on the spot, a container with network and volume, and its changes. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachPodmanRoot } from "../support/machine/each-root.ts";
import { importTinyImage } from "../support/texts/quadlet-texts.ts";

function container(extra = ""): string {
  return `[Unit]
Description=A container

[Container]
Image=localhost/tiny
Exec=/busybox sleep 10000
Network=app.network
Volume=app.volume:/data
PodmanArgs=--stop-signal=KILL
${extra}
[Install]
WantedBy=multi-user.target
`;
}

describeOnEachPodmanRoot("a push of quadlets", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml: "prune-limit: 100%" });
    await importTinyImage(host.machine);
    await host.push({
      "units/app.container": container(),
      "units/app.network": "[Network]\nInternal=true\n",
      "units/app.volume": "[Volume]\n",
    });
    await host.start();
    await host.machine.waitFor(
      "the first sync",
      async () => (await host.status()).sync.state === "in-sync",
      90_000,
    );
  });

  async function containers(): Promise<string> {
    return host.machine.check(["podman", "ps", "--format={{.Names}} {{.Networks}}"]);
  }

  it("starts the services that the generator makes of them", async () => {
    expect(await containers()).toBe("systemd-app systemd-app");
    for (const unit of ["app.service", "app-network.service", "app-volume.service"]) {
      expect(await host.activeState(unit), unit).toBe("active");
    }
    expect(await host.machine.check(["podman", "volume", "ls", "--quiet"])).toBe("systemd-app");
  });

  it("restarts a changed container once, and nothing for a comment", async () => {
    const before = await host.machine.invocationIds(["app.service", "app-network.service"]);
    await host.deploy({ "units/app.container": `# a comment\n${container()}` });
    expect(await host.machine.invocationIds(["app.service", "app-network.service"])).toEqual(before);
    await host.deploy({ "units/app.container": container("Environment=MODE=new\n") });
    const after = await host.machine.invocationIds(["app.service", "app-network.service"]);
    expect(after.get("app.service")).not.toBe(before.get("app.service"));
    expect(after.get("app-network.service")).toBe(before.get("app-network.service"));
    const environment = await host.machine.check([
      "podman",
      "inspect",
      "--format={{.Config.Env}}",
      "systemd-app",
    ]);
    expect(environment).toContain("MODE=new");
  });

  it("delivers a secret to the container's service as a credential", async () => {
    await host.deploy({ "secrets/app.container/token.age": await host.encrypt("for the container") });
    const { MainPID } = await host.machine.properties("app.service", ["MainPID"]);
    expect(Number(MainPID)).toBeGreaterThan(0);
    expect(await host.machine.readFile("/run/credentials/app.service/token")).toBe("for the container");
    await host.deploy({ "secrets/app.container/token.age": null });
  });

  it("removes container, network and volume units that git removes", async () => {
    await host.deploy({
      "units/app.container": null,
      "units/app.network": null,
      "units/app.volume": null,
      "units/keep.target": "[Unit]\nDescription=x\n",
    });
    expect(await containers()).toBe("");
    expect(await host.machine.properties("app.service", ["LoadState"])).toEqual({ LoadState: "not-found" });
    expect(await host.machine.shell("find /etc/containers/systemd -type f")).toBe("");
  });
});
