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
const fifo = "/run/fifo.pipe";
const fifoSocket = (more = "") =>
  `[Socket]\nListenFIFO=${fifo}\nRemoveOnStop=yes\n${more}[Install]\nWantedBy=sockets.target\n`;
/** Reads what arrives at the socket, which systemd hands over as file descriptor 3. */
const reader = (more = "") =>
  `[Container]\nImage=localhost/tiny\nExec=/busybox sh -c "exec /busybox cat <&3"\nPodmanArgs=--stop-signal=KILL\nNetwork=none\n${more}`;
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
      "stacks/fifo/fifo.container": reader(),
      "stacks/fifo/fifo.socket": fifoSocket(),
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
        "fifo/fifo.container",
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

  describe("with a container that a socket starts", () => {
    const [socket, service] = ["fifo.socket", "fifo.service"];

    it("has the socket listen, and the container wait for what arrives there", async () => {
      expect(await host.activeState(socket)).toBe("active");
      expect(await host.activeState(service)).toBe("inactive");
      await host.deploy({ "stacks/fifo/fifo.container": reader("Environment=A=b\n") });
      expect(await host.activeState(service)).toBe("inactive");
      await host.machine.shell(`echo first >${fifo}`);
      await host.waitUntilActive(service);
      await host.machine.waitFor("the container to read", async () =>
        (await host.machine.journal({ unit: service })).includes("first"),
      );
      expect((await host.run("plan")).exitCode).toBe(0);
    });

    it("has only the container restarted when it changes, and it goes on reading from the socket", async () => {
      const before = await host.machine.invocationIds([socket, service]);
      await host.deploy({ "stacks/fifo/fifo.container": reader("Environment=A=c\n") });
      const after = await host.machine.invocationIds([socket, service]);
      expect(after.get(socket)).toBe(before.get(socket));
      expect(after.get(service)).not.toBe(before.get(service));
      await host.machine.shell(`echo second >${fifo}`);
      await host.machine.waitFor("the container to read", async () =>
        (await host.machine.journal({ unit: service })).includes("second"),
      );
    });

    it("has both stopped for a change of the socket, which then listens again", async () => {
      const before = await host.invocationId(socket);
      await host.deploy({ "stacks/fifo/fifo.socket": fifoSocket("SocketMode=0600\n") });
      expect(await host.invocationId(socket)).not.toBe(before);
      expect(await host.machine.shell(`stat -c %a ${fifo}`)).toBe("600");
      expect(await host.activeState(socket)).toBe("active");
      expect(await host.activeState(service)).toBe("inactive");
    });
  });

  describe("that asks for a secret of git by Secret=", () => {
    const asking = (options = "") =>
      container({
        exec: "/busybox sleep 10000",
        container: `Network=none\nUser=1000\nSecret=token${options}\n`,
      });

    it("has it as a file in memory, with the owner and mode that were asked for, and never on the disk", async () => {
      const { machine } = host;
      await host.deploy({
        "stacks/db/db.container": asking(",uid=1000,mode=0400"),
        "secrets/db.container/token.age": await host.encrypt("opaque-token-1"),
      });
      const read = (...command: readonly string[]) =>
        machine.check(["podman", "exec", "systemd-db", "/busybox", ...command]);
      expect(await read("cat", "/run/secrets/token")).toBe("opaque-token-1");
      expect(await read("stat", "-c", "%u %a", "/run/secrets/token")).toBe("1000 400");
      const disk = "/var/lib/containers /etc /var/lib/gitops-agent";
      expect(await machine.shell(`grep -rl opaque-token- ${disk} || true`)).toBe("");
      expect((await host.run("plan")).exitCode).toBe(0);
    });

    it("is restarted for a new value, and nothing of it is left in memory when it has stopped", async () => {
      const changed = { "secrets/db.container/token.age": await host.encrypt("opaque-token-2") };
      expect(await restartedBy(changed)).toEqual(["db.service"]);
      const copies = "/run/gitops-agent/credentials/containers";
      expect(await host.machine.shell(`cat ${copies}/db/*`)).toBe("opaque-token-2");
      await host.machine.check(["systemctl", "stop", "db.service"]);
      expect(await host.machine.shell(`ls ${copies}`)).toBe("");
      await host.machine.check(["systemctl", "start", "db.service"]);
    });

    it("as a variable is rejected with file and line, since podman would write it to the disk", async () => {
      const before = await host.invocationId("db.service");
      const { sync } = await host.pushAndWait({ "stacks/db/db.container": asking(",type=env") });
      expect(sync.rejection?.details.join("\n")).toMatch(/stacks\/db\/db\.container:\d+.*disk/);
      expect(await host.invocationId("db.service")).toBe(before);
      await host.deploy({ "stacks/db/db.container": asking() });
    });
  });

  it("names the image that cannot be pulled, also when a quadlet of its own pulls it, and goes back", async () => {
    const image = "registry.invalid/absent:1";
    const { sync } = await host.pushAndWait({
      "stacks/web/absent.image": `[Image]\nImage=${image}\n`,
      "stacks/web/absent.container": container({ exec: "/busybox true", image: "absent.image" }),
    });
    expect(sync).toMatchObject({ state: "rejected", rejection: { code: "unhealthy" }, failedUnits: [] });
    expect(sync.rejection?.details.join("\n")).toContain(image);
    expect(await host.machine.exists("/etc/containers/systemd/web/absent.image")).toBe(false);
    expect(await host.activeState("web.service")).toBe("active");
  });

  it("shows what podman pulls while the service starts", async () => {
    const { machine } = host;
    // systemd accepts the connection, and nobody answers.
    const silent = ["--unit=silent", "--socket-property=ListenStream=127.0.0.1:5000"];
    await machine.check(["systemd-run", ...silent, "--socket-property=Accept=yes", "sleep", "infinity"]);
    const image = "127.0.0.1:5000/silent:1";
    const commit = await host.push({
      "stacks/web/slow.container": container({ exec: "/busybox true", image }),
      "stacks/web/absent.image": null,
      "stacks/web/absent.container": null,
    });
    const note = await machine.waitFor("the pull", async () => {
      const row = (await host.status()).units.find(({ name }) => name === "slow.service");
      return row?.activeState === "activating" ? row.note : undefined;
    });
    expect(note).toBe(`podman pulls ${image} or starts its container`);
    await machine.check(["systemctl", "kill", "--signal=KILL", "slow.service"]);
    expect((await host.waitUntilAttempted(commit)).sync.rejection?.message).toContain("slow.service");
  });
});
