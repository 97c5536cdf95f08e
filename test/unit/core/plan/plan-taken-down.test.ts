import { describe, expect, it } from "vitest";
import { killedAfter, killedBefore } from "../../../support/memory-host/effects.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import type { RepositoryText } from "../../../support/values/scenario.ts";
import { listJobs } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (unit = "", body = "") => `[Unit]\n${unit}\n[Service]\nExecStart=/bin/x\n${body}${enabled}`;

async function hostWith(files: RepositoryText["files"]): Promise<SimulatedHost> {
  const host = new SimulatedHost();
  await host.sync({ files });
  return host;
}

describe("a service that systemd stops together with one that git removes", () => {
  const before = { "units/a.service": service("Requires=b.service"), "units/b.service": service() };

  it("is started again when it needs it no longer, and needs no restart for anything else", async () => {
    const plan = await (await hostWith(before)).sync({ files: { "units/a.service": service() } });
    expect(listJobs(plan)).toEqual(["stop b.service", "start a.service"]);
    expect(plan.steps.at(-1)).toMatchObject({ because: "it had Requires=b.service, which is stopped" });
  });

  it("is started, not reloaded", async () => {
    const plan = await (await hostWith(before)).sync({
      files: { "units/a.service": service("", "Environment=A=1\n") },
      units: { "a.service": { onChange: "reload" } },
    });
    expect(listJobs(plan)).toEqual(["stop b.service", "start a.service"]);
  });

  it("is started, not reloaded, also where the start pulls in what was added", async () => {
    const files = { "units/c.service": service() };
    const host = await hostWith({ ...before, ...files });
    const plan = await host.sync({
      files: { ...files, "units/a.service": service("Wants=c.service", "Environment=A=1\n") },
      units: { "a.service": { onChange: "reload" } },
    });
    expect(listJobs(plan)).toEqual(["stop b.service", "start a.service"]);
  });

  it("is started also when it depends on it through another one", async () => {
    const chain = { ...before, "units/c.service": service("PartOf=a.service") };
    const plan = await (await hostWith(chain)).sync({
      files: { "units/a.service": service(), "units/c.service": service("PartOf=a.service") },
    });
    expect(listJobs(plan)).toEqual(["stop b.service", "start a.service", "start c.service"]);
  });

  it("is left alone when it does not run", async () => {
    const host = await hostWith(before);
    host.stop("a.service");
    expect(listJobs(await host.sync({ files: { "units/a.service": service() } }))).toEqual([
      "stop b.service",
    ]);
  });

  it.each([1, 2, 3])("is started by the next run when the agent is killed behind step %i", async (limit) => {
    for (const body of ["", "Environment=A=1\n"]) {
      const host = await hostWith(before);
      const text = { files: { "units/a.service": service("", body) } };
      // Before the first step it is said, and saved, what is about to be done.
      await host.sync(text, killedAfter(2 + limit));
      host.stop("a.service");
      const runs = host.runsOf("a.service");
      await host.sync(text);
      expect(host.runsOf("a.service")).toBe(runs + 1);
      expect(listJobs(await host.sync(text))).toEqual([]);
    }
  });
});

describe("a container that goes down with a quadlet it refers to", () => {
  const container = (lines: string) => `[Container]\nImage=localhost/x\n${lines}\n${enabled}`;

  it.each([
    ["network", "Network=n.network:ip=10.0.0.2", "n-network.service"],
    ["volume", "Volume=n.volume:/data", "n-volume.service"],
    ["volume", "Mount=type=volume,source=n.volume,destination=/data", "n-volume.service"],
    ["pod", "Pod=n.pod", "n-pod.service"],
  ])("a %s by %s owes its start while it is stopped", async (type, line, unit) => {
    const host = await hostWith({ "units/a.container": container(line), [`units/n.${type}`]: "[Unit]\n" });
    host.run(unit);
    const text = { files: { "units/a.container": container("") } };
    expect(listJobs(await host.plan(text))).toEqual([`stop ${unit}`, "restart a.service"]);
    await host.sync(text, killedBefore("remove", "write"));
    host.stop("a.service");
    expect(listJobs(await host.sync(text))).toContain("start a.service");
  });

  it("is named when the network is restarted, as it restarts with it", async () => {
    const files = { "units/a.container": container("Network=n.network"), "units/n.network": "[Network]\n" };
    const host = await hostWith(files);
    host.run("n-network.service");
    const plan = await host.sync({ files: { ...files, "units/n.network": "[Network]\nInternal=true\n" } });
    expect(plan.alongside.map((along) => along.unit)).toEqual(["a.service"]);
  });
});
