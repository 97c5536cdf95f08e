/** What becomes of a socket's service when the socket comes, changes or goes. */
import { describe, expect, it } from "vitest";
import { killedBefore } from "../../../support/memory-host/effects.ts";
import { hostWith, SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (body = "", tail = enabled) => `[Service]\nExecStart=/bin/x\n${body}${tail}`;
const socket = (body = "") => `[Socket]\nListenStream=1\n${body}[Install]\nWantedBy=sockets.target\n`;

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
