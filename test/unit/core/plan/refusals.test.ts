/** When a revision that takes much from a host asks a person, and when it does not. */
import { describe, expect, it } from "vitest";
import { allowPrune } from "../../../../src/core/plan/refusals.ts";
import { hostWith, type SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { policy, type RepositoryText } from "../../../support/values/scenario.ts";

const service = "[Service]\nExecStart=/bin/sleep inf\n[Install]\nWantedBy=multi-user.target\n";
const limited = { ...policy, pruneLimitPercent: 50 };

/** `count` services: a.service, b.service, … */
function services(count: number, directory = "units"): RepositoryText {
  const names = [..."abcdefghijklmnopqrstuvwxyz"].slice(0, count);
  return { files: Object.fromEntries(names.map((name) => [`${directory}/${name}.service`, service])) };
}

async function refusalsOf(host: SimulatedHost, text: RepositoryText, chosen = limited) {
  return (await host.plan(text, chosen)).refusals;
}

describe("a revision that removes more than the limit", () => {
  it("is refused, and says how many of how many, and the first names", async () => {
    const [refusal, ...others] = await refusalsOf(await hostWith(services(10)), services(4));
    expect(others).toEqual([]);
    expect(refusal).toMatchObject({
      code: "prune-limit",
      message:
        "the revision would remove 6 of 10 units of this host: e.service, f.service, g.service and 3 more",
      hint: expect.stringContaining("gitops-agent sync --allow-prune"),
    });
  });

  it("is not one that removes just as much as the limit", async () => {
    expect(await refusalsOf(await hostWith(services(10)), services(5))).toEqual([]);
  });

  it("is not one that removes fewer than three units, whatever their share", async () => {
    expect(await refusalsOf(await hostWith(services(3)), services(1))).toEqual([]);
    expect(await refusalsOf(await hostWith(services(4)), services(1))).toMatchObject([
      { code: "prune-limit" },
    ]);
  });

  it("may be one whose units all got other names: they are stopped all the same", async () => {
    const renamed = Object.fromEntries(
      ["w", "x", "y", "z"].map((name) => [`units/${name}.service`, service]),
    );
    expect(await refusalsOf(await hostWith(services(4)), { files: renamed })).toMatchObject([
      { message: expect.stringContaining("4 of 4 units") },
    ]);
  });

  it("is not one that moves units to another layer or gives them other content", async () => {
    expect(await refusalsOf(await hostWith(services(6)), services(6, "hosts/h1/units"))).toEqual([]);
  });

  it("passes with another limit, with prune off, and when a person says so", async () => {
    const host = await hostWith(services(10));
    expect(await refusalsOf(host, services(4), { ...limited, pruneLimitPercent: 60 })).toEqual([]);
    expect(await refusalsOf(host, services(4), { ...limited, prune: false })).toEqual([]);
    expect(await refusalsOf(host, services(4), allowPrune(limited))).toEqual([]);
    expect(await refusalsOf(host, { files: {} }, allowPrune(limited))).toEqual([]);
  });

  it("does not count instances that run without being declared", async () => {
    const template = { "units/w@.service": service };
    const host = await hostWith({ files: template });
    for (const name of ["1", "2", "3", "4"]) host.run(`w@${name}.service`);
    await host.sync({ files: { "units/w@.service": `${service}[Service]\nNice=1\n` } });
    expect(Object.keys(host.inventory.units)).toContain("w@4.service");
    expect(await refusalsOf(host, services(1))).toEqual([]);
  });

  it("is asked about even when only three units out of thousands count, where the limit is 0%", async () => {
    const strict = { ...limited, pruneLimitPercent: 0 };
    expect(await refusalsOf(await hostWith(services(26)), services(23), strict)).toMatchObject([
      { code: "prune-limit" },
    ]);
  });
});

describe("nobody is asked twice", () => {
  const many = services(10);
  const few = services(2);

  it("about an apply that had begun and was cut off", async () => {
    const host = await hostWith(many);
    host.inventory = { ...host.inventory, applying: host.push(few) };
    expect((await host.plan(few, limited)).refusals).toEqual([]);
  });

  it("about the way back to the revision before", async () => {
    const host = await hostWith(few);
    const good = host.push(few);
    host.inventory = { ...host.inventory, revision: good };
    await host.sync(many);
    const bad = host.inventory.revision;
    host.inventory = { ...host.inventory, revision: good, applying: bad };
    expect((await host.plan(few, limited)).refusals).toEqual([]);
  });

  it("but about the same revision that gives less, as one does to a host of another name", async () => {
    const host = await hostWith(many);
    host.inventory = { ...host.inventory, revision: host.push(few) };
    expect((await host.plan(few, limited)).refusals).toMatchObject([{ code: "prune-limit" }]);
  });
});
