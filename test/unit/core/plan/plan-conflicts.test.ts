import { describe, expect, it } from "vitest";
import type { Done } from "../../../support/memory-host/account.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (unit = "", rest = enabled) => `[Unit]\n${unit}\n[Service]\nExecStart=/bin/x\n${rest}`;
const changed = `Environment=A=1\n${enabled}`;

async function hostWith(files: RepositoryText["files"]): Promise<SimulatedHost> {
  const host = new SimulatedHost();
  await host.sync({ files });
  return host;
}

const sparedIn = ({ spared }: Done) => spared.map(({ unit, because }) => `${unit}: ${because}`);

describe("of two enabled units that cannot run beside each other", () => {
  const both = { "units/a.service": service(), "units/b.service": service("Conflicts=a.service") };

  it("the one with the Conflicts= is started, as at a boot, and the plan says why the other is not", async () => {
    const host = new SimulatedHost();
    const plan = await host.sync({ files: both });
    expect(listJobs(plan)).toEqual(["start b.service"]);
    expect(sparedIn(plan)).toEqual([
      "a.service: it cannot run beside b.service (Conflicts=), and is not started",
    ]);
    const again = await host.sync({ files: both });
    expect(listJobs(again)).toEqual([]);
    expect(sparedIn(again)).toEqual([]);
  });

  it("the other one is started when the first goes", async () => {
    const plan = await (await hostWith(both)).sync({ files: { "units/a.service": service() } });
    expect(listJobs(plan)).toEqual(["stop b.service", "start a.service"]);
  });

  it("one that requires the other is not started either", async () => {
    const plan = await new SimulatedHost().sync({
      files: { ...both, "units/c.service": service("Requires=a.service") },
    });
    expect(listJobs(plan)).toEqual(["start b.service"]);
    expect(sparedIn(plan)).toContain(
      "c.service: it requires a.service: it cannot run beside b.service (Conflicts=), and is not started",
    );
  });

  it("one that only the other one wants is not started either", async () => {
    const files = {
      ...both,
      "units/a.service": service("Wants=w.service"),
      "units/w.service": service("", ""),
    };
    expect(listJobs(await new SimulatedHost().sync({ files }))).toEqual(["start b.service"]);
  });

  it("the one that runs stays when each has the line", async () => {
    const files = { "units/b.service": service("Conflicts=a.service") };
    const host = await hostWith(files);
    const next = { files: { ...files, "units/a.service": service("Conflicts=b.service") } };
    const plan = await host.plan(next);
    expect(listJobs(await host.sync(next))).toEqual([]);
    expect([...plan.expected]).toEqual(["b.service"]);
  });

  it("in a chain each second one runs", async () => {
    const files = {
      "units/a.service": service("Conflicts=b.service"),
      "units/b.service": service("Conflicts=c.service"),
      "units/c.service": service(),
    };
    expect(listJobs(await new SimulatedHost().sync({ files }))).toEqual([
      "start a.service",
      "start c.service",
    ]);
  });

  it("the one that runs is stopped before the new one starts", async () => {
    const plan = await (await hostWith({ "units/a.service": service() })).sync({ files: both });
    expect(listJobs(plan)).toEqual(["stop a.service", "start b.service"]);
    expect(plan.steps.find(({ kind }) => kind === "stop")).toMatchObject({
      because: "it cannot run beside b.service (Conflicts=), which is expected to run",
    });
  });

  it("the one that runs stays down when the other was a oneshot that is over", async () => {
    const host = await hostWith({ "units/a.service": service() });
    const files = { ...both, "units/b.service": service("Conflicts=a.service", `Type=oneshot\n${enabled}`) };
    expect(listJobs(await host.sync({ files }))).toEqual(["stop a.service", "start b.service"]);
    host.stop("b.service");
    expect(listJobs(await host.sync({ files }))).toEqual([]);
  });

  it("the one that runs is stopped also when the other one is restarted for that", async () => {
    const host = await hostWith({ "units/a.service": service(), "units/b.service": service() });
    expect(listJobs(await host.sync({ files: both }))).toEqual(["stop a.service", "restart b.service"]);
  });

  it("one that is not in git is named when it is ended", async () => {
    const host = new SimulatedHost();
    host.run("foreign.service");
    const plan = await host.plan({ files: { "units/a.service": service("Conflicts=foreign.service") } });
    expect(plan.alongside).toMatchObject([{ unit: "foreign.service", action: "stop" }]);
  });
});

describe("a unit that runs, and that is not expected to", () => {
  const winner = { "units/a.service": service() };

  it("is stopped, and not restarted, when it comes to be in conflict with one that is", async () => {
    const host = await hostWith({ ...winner, "units/hand.service": service("", "") });
    host.run("hand.service");
    const next = { files: { ...winner, "units/hand.service": service("Conflicts=a.service", "") } };
    const plan = await host.plan(next);
    expect(plan.steps.filter(({ kind }) => kind === "stop")).toEqual([
      {
        kind: "stop",
        unit: "hand.service",
        because: "it cannot run beside a.service (Conflicts=), which is expected to run",
        isLate: true,
      },
    ]);
    expect(listJobs(await host.sync(next))).toEqual(["stop hand.service"]);
  });

  it("is restarted when the one that it is in conflict with is down", async () => {
    const files = { ...winner, "units/hand.service": service("Conflicts=a.service", "") };
    const host = await hostWith(files);
    host.stop("a.service");
    host.run("hand.service");
    const edited = service("Conflicts=a.service", "Environment=A=1\n");
    expect(listJobs(await host.sync({ files: { ...files, "units/hand.service": edited } }))).toEqual([
      "restart hand.service",
    ]);
  });

  it("is an instance that nobody declared: it makes way, too", async () => {
    const files = { ...winner, "units/w@.service": service("", "") };
    const host = await hostWith(files);
    host.run("w@hand.service");
    const plan = await host.sync({
      files: { ...files, "units/w@.service": service("Conflicts=a.service", "") },
    });
    expect(listJobs(plan)).toEqual(["stop w@hand.service"]);
  });
});

describe("a unit that would end because another one pulls in what it is in conflict with", () => {
  const files = {
    "units/winner.service": service("Conflicts=loser.service"),
    "units/puller.service": service("Wants=loser.service"),
    "units/loser.service": service("", ""),
    "units/other.service": service(),
  };

  it("has its job last", async () => {
    const plan = await new SimulatedHost().sync({ files });
    expect(listJobs(plan)).toHaveLength(3);
    expect(listJobs(plan).at(-1)).toBe("start winner.service");
  });

  it("has its job last also when it is its rival's [Install] that has it pulled in", async () => {
    const byInstall = {
      ...files,
      "units/puller.service": service(),
      "units/loser.service": service("", "[Install]\nWantedBy=puller.service\n"),
    };
    const plan = await (await hostWith(byInstall)).sync({
      files: { ...byInstall, "units/puller.service": service("", changed) },
    });
    expect(listJobs(plan)).toEqual(["restart puller.service", "start winner.service"]);
  });

  it("is started anew when only the other one is restarted", async () => {
    const plan = await (await hostWith(files)).sync({
      files: { ...files, "units/puller.service": service("Wants=loser.service", changed) },
    });
    expect(listJobs(plan)).toEqual(["restart puller.service", "start winner.service"]);
    expect(plan.steps.at(-1)).toMatchObject({
      because: "puller.service pulls in loser.service, which would end it (Conflicts=)",
    });
  });
});
