/** docs/examples on a booted machine: what their READMEs say is proved by what systemd says. */
import { beforeAll, describe, expect, it } from "vitest";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { readTree, textOf } from "../support/git/read-tree.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const examplesDirectory = new URL("../../docs/examples", import.meta.url).pathname;
const jobSystem = readTree(`${examplesDirectory}/job-system`);
const serviceChain = readTree(`${examplesDirectory}/service-chain`);

/** The change of one file of an example. */
function edit(tree: typeof jobSystem, path: string, from: string, to: string): FixtureChanges {
  const text = textOf(tree, path);
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  return { [path]: text.replace(from, to) };
}

describeOnEachRoot("the example", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml: "prune-limit: 100%" });
    await host.push(jobSystem);
    await host.start();
    await host.machine.waitFor(
      "the first sync",
      async () => (await host.status()).sync.state === "in-sync",
      90_000,
    );
  });

  /** Deploys, and returns which of the units are not in the run that they were in before. */
  async function changedBy(changes: FixtureChanges, units: readonly string[]): Promise<readonly string[]> {
    const before = await host.machine.invocationIds(units);
    const status = await host.deploy(changes);
    expect(status.sync.state).toBe("in-sync");
    const after = await host.machine.invocationIds(units);
    return units.filter((unit) => before.get(unit) !== after.get(unit));
  }

  describe("job-system", () => {
    const [scheduler, mail, video] = [
      "jobs-scheduler.service",
      "jobs-worker@mail.service",
      "jobs-worker@video.service",
    ];
    const units = ["jobs.target", scheduler, mail, video];

    const saysInJournal = async (unit: string, text: string) => {
      const found = (await host.machine.journal({ unit, output: "cat" })).includes(text);
      return found ? true : undefined;
    };

    it("runs the instances that only the target names", async () => {
      for (const unit of units) expect(await host.activeState(unit), unit).toBe("active");
      expect((await host.machine.run(["systemctl", "is-enabled", mail])).stdout.trim()).toBe("static");
    });

    it("restarts one worker for its own file of variables, and both for the shared one", async () => {
      expect(await changedBy({ "rootfs/etc/jobs/mail.env": "BATCH=5\n" }, units)).toEqual([mail]);
      const shared = edit(jobSystem, "rootfs/etc/jobs/worker.env", "JOB_SECONDS=1", "JOB_SECONDS=2");
      expect(await changedBy(shared, units)).toEqual([mail, video]);
    });

    it("has the scheduler read its schedule again by USR1, in the same process", async () => {
      const before = await host.machine.properties(scheduler, ["MainPID"]);
      const schedule = edit(jobSystem, "rootfs/etc/jobs/schedule", "mail 60", "mail 90");
      expect(await changedBy(schedule, units)).toEqual([]);
      await host.machine.waitFor("the scheduler to read it", () =>
        saysInJournal(scheduler, "mail every 90s"),
      );
      expect(await host.machine.properties(scheduler, ["MainPID"])).toEqual(before);
    });

    it("lets a worker end its job of 25 s before it is restarted", async () => {
      const { machine } = host;
      await machine.shell("mkdir -p /var/lib/jobs/video; touch /var/lib/jobs/video/film.job");
      await machine.waitFor("the worker to begin", () => saysInJournal(video, "working on film.job"));
      const limit = edit(jobSystem, "rootfs/etc/jobs/video.env", "# Video", "# A video");
      expect(await changedBy(limit, units)).toEqual([video]);
      // journald may read the last words of a run after the next one has begun, and then gives them to that one:
      // what counts is the order of the lines.
      const inOrder = "video: working on film.job\nvideo: did film.job\nvideo: stopped\nvideo: ready";
      await machine.waitFor("the worker to end its job before the next run", async () => {
        const journal = await machine.journal({ unit: video, output: "cat" });
        return journal
          .split("\n")
          .filter((line) => line.startsWith("video: "))
          .join("\n")
          .includes(inOrder);
      });
      expect(await machine.properties(video, ["Result", "NRestarts"])).toEqual({
        Result: "success",
        NRestarts: "0",
      });
      expect(await machine.exists("/var/lib/jobs/video/film.job")).toBe(false);
    });

    it("leaves an operator's override of one worker alone, which is no drift", async () => {
      const { machine } = host;
      const override = `/etc/systemd/system/${mail}.d/override.conf`;
      await editUnit(mail, "[Service]\nEnvironment=BATCH=99\n");
      expect(await machine.readFile(override)).toContain("BATCH=99");
      await machine.check(["systemctl", "restart", mail]);
      expect((await host.run("sync")).exitCode).toBe(0);
      expect((await host.run("status")).exitCode).toBe(0);
      const other = edit(jobSystem, "rootfs/etc/jobs/video.env", "JOB_SECONDS=25", "JOB_SECONDS=1");
      expect(await changedBy(other, units)).toEqual([video]);
      expect((await machine.properties(mail, ["Environment"]))["Environment"]).toBe("BATCH=99");
    });

    it("starts a worker that is added to the target, and restarts nothing", async () => {
      const added = edit(jobSystem, "systemd/jobs.target", mail, `${mail} jobs-worker@report.service`);
      expect(await changedBy(added, units)).toEqual([]);
      expect(await host.activeState("jobs-worker@report.service")).toBe("active");
    });

    /** As an operator does: systemctl edit asks for a terminal, and starts an editor with the file as its last argument. */
    async function editUnit(unit: string, text: string): Promise<void> {
      const { machine } = host;
      await machine.writeFile("/root/override", text);
      await machine.writeFile(
        "/root/editor",
        '#!/bin/sh\nfor file; do :; done\ncat /root/override >"$file"\n',
        0o755,
      );
      const command = `SYSTEMD_EDITOR=/root/editor systemctl edit ${unit}`;
      await machine.check(["script", "--quiet", "--return", "--command", command, "/dev/null"]);
    }
  });

  describe("service-chain", () => {
    const services = Object.keys(serviceChain)
      .filter((path) => path.endsWith(".service"))
      .map((path) => path.slice(path.indexOf("/") + 1))
      .sort();
    const change = (name: string, from: string, to: string) =>
      edit(serviceChain, `${name}/${name}.service`, from, to);

    beforeAll(async () => {
      const removed = Object.fromEntries(Object.keys(jobSystem).map((path) => [path, null]));
      await host.deploy({ ...removed, "rootfs/etc/jobs/mail.env": null, ...serviceChain });
    });

    it("runs all fourteen services", async () => {
      expect(services).toHaveLength(14);
      for (const unit of services) expect(await host.activeState(unit), unit).toBe("active");
    });

    it("restarts the first of a chain alone", async () => {
      expect(await changedBy(change("gateway", "PORT=", "PORT=1"), services)).toEqual(["gateway.service"]);
    });

    it("restarts one in the middle with those that require it and nothing else, as plan says before", async () => {
      const { machine } = host;
      const before = await machine.invocationIds(services);
      await machine.check(["systemctl", "stop", "gitops-agent.service"]);
      const commit = await host.push(change("payments", "PORT=", "PORT=1"));
      const { stdout } = await host.run("plan");
      const along = stdout.split("\n").filter((line) => line.startsWith("taken along"));
      const names = ["checkout.service", "gateway.service", "orders.service"];
      expect(along.map((line) => line.split(/\s{2,}/)[1]).sort()).toEqual(names);
      await host.start();
      await host.waitUntilAttempted(commit);
      const after = await machine.invocationIds(services);
      const changed = services.filter((unit) => before.get(unit) !== after.get(unit));
      expect(changed).toEqual([...names, "payments.service"]);
    });

    it("restarts nothing for a description", async () => {
      expect(await changedBy(change("database", "=Database", "=The database"), services)).toEqual([]);
    });
  });
});
