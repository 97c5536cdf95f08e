import { describe, expect, it } from "vitest";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { build, listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const service = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n";
const environment = (value: number) => `[Service]\nEnvironment=A=${value}\n`;
const linked = {
  files: { "units/x.service": service, "units/y.service.d/a.conf": environment(1) },
  links: { "units/y.service": "x.service" },
};

function environmentOf(text: RepositoryText, unit: string): readonly string[] | undefined {
  return build(text).desired.units.get(unit)?.definition.settings["Service.Environment"];
}

describe("drop-ins of an alias", () => {
  it("belong to the unit behind it, and make no unit of their own", () => {
    expect(environmentOf(linked, "x.service")).toEqual(["A=1"]);
    expect(build(linked).desired.units.has("y.service")).toBe(false);
  });

  it("belong to it also when the alias is made by Alias=, or is the alias of an alias", () => {
    const installed = {
      "units/x.service": `${service}Alias=y.service\n`,
      "units/y.service.d/a.conf": environment(1),
    };
    expect(environmentOf({ files: installed }, "x.service")).toEqual(["A=1"]);
    const twice = {
      files: { "units/x.service": service, "units/z.service.d/a.conf": environment(1) },
      links: { "units/y.service": "x.service", "units/z.service": "y.service" },
    };
    expect(environmentOf(twice, "x.service")).toEqual(["A=1"]);
  });

  it("of a template belong to the instances of the template behind it", () => {
    const text = {
      files: { "units/x@.service": service, "units/y@.service.d/a.conf": environment(1) },
      links: { "units/y@.service": "x@.service" },
      units: { "x@.service": { instances: ["1"] } },
    };
    expect(environmentOf(text, "x@1.service")).toEqual(["A=1"]);
  });

  it("give way to one of the unit's own name with the same file name", () => {
    const files = { ...linked.files, "units/x.service.d/a.conf": environment(2) };
    expect(environmentOf({ ...linked, files }, "x.service")).toEqual(["A=2"]);
  });

  it("restart the unit by its own name when they change, and when they go with the alias", async () => {
    const host = new SimulatedHost();
    await host.sync(linked);
    const changed = { ...linked, files: { ...linked.files, "units/y.service.d/a.conf": environment(2) } };
    expect(listJobs(await host.sync(changed))).toEqual(["restart x.service"]);
    expect(listJobs(await host.sync({ files: { "units/x.service": service } }))).toEqual([
      "restart x.service",
    ]);
  });

  it("which the inventory of an earlier version has as a unit of its own queue no job for a name that goes", async () => {
    const host = new SimulatedHost();
    await host.sync({ files: { "units/x.service": service, "units/y.service.d/a.conf": environment(1) } });
    host.run("x.service");
    host.run("y.service", { name: "x.service" });
    expect(listJobs(await host.sync({ files: { "units/x.service": service } }))).toEqual([]);
    expect(host.inventory.units["y.service"]).toBeUndefined();
  });

  it("of aliases that lead in a circle belong to nobody, and end", () => {
    const text = {
      files: { "units/x.service": service, "units/y.service.d/a.conf": environment(1) },
      links: { "units/y.service": "z.service", "units/z.service": "y.service" },
    };
    expect(environmentOf(text, "x.service")).toBeUndefined();
  });
});
