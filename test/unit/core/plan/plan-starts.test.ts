/** What is started although it does not run, and what is stopped or makes way for that. */
import { describe, expect, it } from "vitest";
import type { ObservedUnit } from "../../../../src/core/model/observed.ts";
import { killedBefore } from "../../../support/memory-host/effects.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (body = "", tail = enabled) => `[Service]\nExecStart=/bin/x\n${body}${tail}`;
const oneshot = (body = "", tail = enabled) => service(`Type=oneshot\n${body}`, tail);
const socket = (body = "") => `[Socket]\nListenStream=1\n${body}[Install]\nWantedBy=sockets.target\n`;

async function hostWith(text: RepositoryText): Promise<SimulatedHost> {
  const host = new SimulatedHost();
  await host.sync(text);
  return host;
}

/** The jobs of a push that replaces a.service, which was seen as `seen`. */
async function listJobsOfChange(
  before: string,
  seen: Partial<ObservedUnit>,
  after: string,
): Promise<readonly string[]> {
  const host = await hostWith({ files: { "units/a.service": before } });
  host.run("a.service", seen);
  return listJobs(await host.sync({ files: { "units/a.service": after } }));
}

const down = { activeState: "inactive", subState: "dead", invocationId: null } as const;
const ended = { ...down, downBecause: "ended" } as const;
const exited = { activeState: "active", subState: "exited" } as const;

describe("a unit that becomes a oneshot while what it was before still runs", () => {
  it.each([
    ["a service", service("", ""), {}],
    ["a oneshot that remained", oneshot("RemainAfterExit=yes\n", ""), exited],
  ])("is stopped once the new file is loaded if only a timer starts it: %s", async (_, before, seen) => {
    const host = await hostWith({ files: { "units/a.service": before } });
    host.run("a.service", seen);
    const plan = await host.sync({ files: { "units/a.service": oneshot("", "") } });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["write", "daemon-reload", "stop"]);
    expect((await host.sync({ files: { "units/a.service": oneshot("", "") } })).steps).toEqual([]);
  });

  it("runs anew if a boot would run it", async () => {
    expect(await listJobsOfChange(service(), {}, oneshot())).toEqual(["restart a.service"]);
  });

  it("is left to people where gitops.yaml says so", async () => {
    const units = { "a.service": { onChange: "none" as const } };
    const host = await hostWith({ files: { "units/a.service": service() }, units });
    const plan = await host.sync({ files: { "units/a.service": oneshot() }, units });
    expect(listJobs(plan)).toEqual([]);
    expect(plan.spared).toMatchObject([{ unit: "a.service", pending: true }]);
  });

  it("is stopped, too, if it ran from another place before", async () => {
    const host = new SimulatedHost();
    host.run("a.service", exited);
    expect(listJobs(await host.sync({ files: { "units/a.service": oneshot("", "") } }))).toEqual([
      "stop a.service",
    ]);
  });

  it("runs anew if a unit that is expected to run requires it", async () => {
    const bound = `[Unit]\nRequires=a.service\n${service()}`;
    const host = await hostWith({ files: { "units/a.service": service("", ""), "units/b.service": bound } });
    const plan = await host.sync({ files: { "units/a.service": oneshot("", ""), "units/b.service": bound } });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
  });
});

describe("a stop that is still owed when the agent is killed after the daemon-reload", () => {
  it("is made up for", async () => {
    const host = await hostWith({ files: { "units/a.service": service("", "") } });
    host.run("a.service");
    await host.sync({ files: { "units/a.service": oneshot("", "") } }, killedBefore("stop"));
    expect(listJobs(await host.sync({ files: { "units/a.service": oneshot("", "") } }))).toEqual([
      "stop a.service",
    ]);
  });
});

describe("a unit that is down although nobody stopped it", () => {
  it.each([
    ["restart", service("Nice=1\n")],
    ["live", service("Restart=always\n")],
  ])("is started when it had ended by itself and the change is of class %s", async (_, after) => {
    expect(await listJobsOfChange(service(), ended, after)).toEqual(["start a.service"]);
  });

  it("is not started for a comment", async () => {
    expect(await listJobsOfChange(service(), ended, `# note\n${service()}`)).toEqual([]);
  });

  it("is not started when it is a oneshot, which waits for its next run", async () => {
    expect(await listJobsOfChange(oneshot(), ended, oneshot("Nice=1\n"))).toEqual([]);
  });

  it("is started when it was a oneshot that has run, and stays up now", async () => {
    expect(await listJobsOfChange(oneshot(), ended, service())).toEqual(["start a.service"]);
    expect(await listJobsOfChange(oneshot(), ended, oneshot("RemainAfterExit=yes\n"))).toEqual([
      "start a.service",
    ]);
  });

  it("is not started when it is not expected to run", async () => {
    expect(await listJobsOfChange(service("", ""), ended, service("Nice=1\n", ""))).toEqual([]);
  });

  it("is started when a condition kept it down, and the condition changes or what it asks for comes", async () => {
    const conditional = (path: string) => `[Unit]\nConditionPathExists=${path}\n${service()}`;
    const unmet = { ...down, downBecause: "condition" } as const;
    expect(await listJobsOfChange(conditional("/etc/x"), unmet, conditional("/etc/y"))).toEqual([
      "start a.service",
    ]);
    const host = await hostWith({ files: { "units/a.service": conditional("/etc/x") } });
    host.run("a.service", unmet);
    const complete = { files: { "units/a.service": conditional("/etc/x"), "files/etc/x": "1" } };
    const plan = await host.sync(complete);
    expect(listJobs(plan)).toEqual(["start a.service"]);
    expect(plan.steps.at(-1)).toMatchObject({
      because: "a condition of it was not met when it was last started, and /etc/x added",
    });
    host.run("a.service", unmet);
    expect((await host.sync(complete)).steps).toEqual([]);
  });

  it("stays down when somebody stopped it, whatever changes", async () => {
    expect(await listJobsOfChange(service(), down, service("Nice=1\n"))).toEqual([]);
  });
});

describe("a socket", () => {
  const onDemand = service("", "");
  const files = { "units/q.service": service(), "units/q.socket": socket() };

  async function hostWithService(): Promise<SimulatedHost> {
    return await hostWith({ files: { "units/q.service": service() } });
  }

  it("that comes to a running service has it stopped first, and started after", async () => {
    const plan = await (await hostWithService()).sync({ files });
    expect(listJobs(plan)).toEqual(["stop q.service", "start q.socket", "start q.service"]);
    expect(plan.steps.find(({ kind }) => kind === "stop")).toMatchObject({
      because: "q.socket is started, which systemd refuses while its service runs",
    });
  });

  it("that comes to a service which does not run is just started", async () => {
    const host = await hostWithService();
    host.stop("q.service");
    expect(listJobs(await host.sync({ files }))).toEqual(["start q.socket"]);
  });

  it("with Accept=yes needs nobody to make way", async () => {
    const plan = await (await hostWithService()).sync({
      files: { ...files, "units/q.socket": socket("Accept=yes\n") },
    });
    expect(listJobs(plan)).toEqual(["start q.socket"]);
  });

  it("finds its service by Service=, also by a specifier", async () => {
    const named = socket("Service=%j.service\n");
    const plan = await (await hostWithService()).sync({
      files: { "units/q.service": service(), "units/extra-q.socket": named },
    });
    expect(listJobs(plan)).toEqual(["stop q.service", "start extra-q.socket", "start q.service"]);
  });

  it("has the other sockets of its service make way, too, which would start it again", async () => {
    const host = await hostWith({ files });
    host.run("q.service");
    const plan = await host.sync({ files: { ...files, "units/r.socket": socket("Service=q.service\n") } });
    expect(listJobs(plan)).toEqual([
      "stop q.socket",
      "stop q.service",
      "start r.socket",
      "start q.socket",
      "start q.service",
    ]);
  });

  it("that goes takes along what its service has of it, which is started again when it is enabled", async () => {
    const host = await hostWith({ files });
    host.run("q.service");
    const plan = await host.sync({ files: { "units/q.service": service() } });
    expect(listJobs(plan)).toEqual(["stop q.socket", "stop q.service", "start q.service"]);
    expect(plan.steps.at(-1)).toMatchObject({ because: "it was stopped with q.socket" });
  });

  it.each([
    ["goes", { files: { "units/q.service": onDemand } }],
    ["is masked", { files: { "units/q.service": onDemand }, links: { "units/q.socket": "/dev/null" } }],
    [
      "is to be stopped",
      {
        files: { "units/q.service": onDemand, "units/q.socket": socket() },
        units: { "q.socket": { state: "stopped" } },
      },
    ],
  ] satisfies [string, RepositoryText][])(
    "that %s leaves a service down that only it would start",
    async (_, text) => {
      const host = await hostWith({ files: { "units/q.service": onDemand, "units/q.socket": socket() } });
      host.run("q.service");
      expect([...listJobs(await host.sync(text))].sort()).toEqual(["stop q.service", "stop q.socket"]);
      expect(listJobs(await host.sync(text))).toEqual([]);
    },
  );

  it("that goes leaves its service down also when the agent was killed after the stops", async () => {
    const host = await hostWith({ files: { "units/q.service": onDemand, "units/q.socket": socket() } });
    host.run("q.service");
    const text = { files: { "units/q.service": onDemand } };
    await host.sync(text, killedBefore("remove"));
    expect(listJobs(await host.sync(text))).toEqual([]);
  });

  it("that is renamed has its service start once", async () => {
    const host = await hostWith({ files });
    host.run("q.service");
    const plan = await host.sync({
      files: { "units/q.service": service(), "units/r.socket": socket("Service=q.service\n") },
    });
    const jobs = ["start q.service", "start r.socket", "stop q.service", "stop q.socket"];
    expect([...listJobs(plan)].sort()).toEqual(jobs);
  });

  it("that goes is followed by its service when a rollback brings it back", async () => {
    const before = { files: { "units/q.service": onDemand, "units/q.socket": socket() } };
    const host = await hostWith(before);
    host.run("q.service");
    await host.attempt({ files: { "units/q.service": onDemand } });
    expect(host.units.get("q.service")?.activeState).toBe("inactive");
    await host.goBack(before);
    expect(host.units.get("q.service")?.activeState).toBe("active");
  });

  it("and its service that changes with it restart once", async () => {
    const host = await hostWithService();
    const plan = await host.sync({
      files: { "units/q.service": service("Sockets=q.socket\n"), "units/q.socket": socket() },
    });
    expect([...listJobs(plan)].sort()).toEqual(["restart q.service", "start q.socket", "stop q.service"]);
  });

  it("of a service of somebody else has that started again", async () => {
    const host = new SimulatedHost();
    host.run("q.service");
    const plan = await host.sync({ files: { "units/q.socket": socket() } });
    expect(listJobs(plan)).toEqual(["stop q.service", "start q.socket", "start q.service"]);
  });

  it("does not have a protected service make way", async () => {
    const host = new SimulatedHost();
    host.run("dbus.service");
    const plan = await host.sync({ files: { "units/x.socket": socket("Service=dbus.service\n") } });
    expect(listJobs(plan)).toEqual([]);
    expect(plan.spared).toMatchObject([{ unit: "x.socket", because: expect.stringContaining("protected") }]);
  });
});
