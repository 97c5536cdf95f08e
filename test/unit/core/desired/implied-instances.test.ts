/** Instances that exist because a template or another unit of the repository says so. */
import { describe, expect, it } from "vitest";
import { hostWith, SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { build, listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const template = (body = "", install = "") => `[Service]\nExecStart=/bin/x\n${body}${install}`;
const target = (line: string) => `[Unit]\n${line}\n${enabled}`;

function listErrors(text: RepositoryText): readonly string[] {
  return build(text)
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ code }) => code);
}

describe("the default instance of an enabled template", () => {
  const withDefault = (instance: string) => template("", `${enabled}DefaultInstance=${instance}\n`);

  it("is started, restarted and stopped like any unit", async () => {
    const host = await hostWith({ files: { "units/w@.service": withDefault("main") } });
    expect(host.units.get("w@main.service")?.activeState).toBe("active");
    expect(host.inventory.units["w@main.service"]).toMatchObject({ declared: true, expected: true });
    expect(host.files.has("/etc/systemd/system/multi-user.target.wants/w@main.service")).toBe(true);
    const plan = await host.sync({ files: { "units/w@.service": withDefault("other") } });
    expect(listJobs(plan)).toEqual(["stop w@main.service", "start w@other.service"]);
  });

  it("is none where the template is not enabled into anything", () => {
    const text = template("", "[Install]\nDefaultInstance=main\n");
    expect([...build({ files: { "units/w@.service": text } }).desired.units.keys()]).toEqual(["w@.service"]);
  });

  it("has the alias of its template without a quarrel about the name", () => {
    const text = template("", `${enabled}DefaultInstance=main\nAlias=worker.service\n`);
    const { desired, diagnostics } = build({ files: { "units/w@.service": text } });
    expect(diagnostics).toEqual([]);
    expect(desired.files.get("/etc/systemd/system/worker.service")).toMatchObject({ role: "alias" });
  });
});

describe("an instance that a unit of the repository pulls in", () => {
  const files = {
    "units/app.target": target("Wants=w@1.service"),
    "units/w@.service": template("", enabled),
  };
  const without = { ...files, "units/app.target": target("Description=x") };

  it("is started, but not enabled by the [Install] of its template", async () => {
    const host = new SimulatedHost();
    expect(listJobs(await host.sync({ files }))).toEqual(["start app.target", "start w@1.service"]);
    expect([...host.files.keys()].filter((path) => path.includes("w@1"))).toEqual([]);
  });

  it("is restarted when its template changes, and stopped when nothing pulls it in any more", async () => {
    const host = await hostWith({ files });
    const changed = { ...files, "units/w@.service": template("Nice=1\n", enabled) };
    expect(listJobs(await host.sync({ files: changed }))).toEqual(["restart w@1.service"]);
    expect(listJobs(await host.sync({ files: without }))).toContain("stop w@1.service");
  });

  it("stays when nothing pulls it in any more, if somebody had started it before the first did", async () => {
    const host = await hostWith({ files: without });
    host.run("w@1.service");
    const before = host.invocationOf("w@1.service");
    await host.sync({ files });
    await host.sync({ files: without });
    expect(host.units.get("w@1.service")?.activeState).toBe("active");
    expect(host.invocationOf("w@1.service")).toBe(before);
  });

  it("may be named by a specifier, by a drop-in, and by another instance", async () => {
    const text = {
      files: {
        "units/multi-user.target.d/more.conf": "[Unit]\nWants=w@x.service\n",
        "units/w@.service": `[Unit]\nWants=v@%i.service\n${template()}`,
        "units/v@.service": template(),
      },
    };
    expect(build(text).desired.units.get("v@x.service")).toMatchObject({ declared: true, pulledIn: true });
    expect((await hostWith(text)).units.get("v@x.service")?.activeState).toBe("active");
  });

  it("is one that the repository masks: then it is not started", async () => {
    const host = await hostWith({ files, links: { "units/w@1.service": "/dev/null" } });
    expect(host.units.has("w@1.service")).toBe(false);
  });

  it("of a template that the repository does not have is left alone", () => {
    const { desired } = build({ files: { "units/app.target": target("Wants=getty@tty7.service") } });
    expect(desired.units.has("getty@tty7.service")).toBe(false);
  });

  it.each([
    ["one more each", "Wants=w@%ia.service"],
    ["two more each", "Wants=w@%ia.service w@%ib.service"],
  ])("never comes to an end: %s", (_, line) => {
    const endless = {
      files: {
        "units/app.target": target("Wants=w@1.service"),
        "units/w@.service": `[Unit]\n${line}\n${template()}`,
      },
    };
    const { desired } = build(endless);
    expect(desired.units.size).toBeLessThan(5000);
    expect(listErrors(endless)).toEqual(line.includes("%ib") ? ["too-large"] : []);
  });
});

describe("a drop-in for a target of the host", () => {
  it("does not make the units that are enabled into it unexpected", async () => {
    const files = {
      "units/multi-user.target.d/x.conf": "[Unit]\nDescription=x\n",
      "units/a.service": template("", enabled),
    };
    expect(listJobs(await new SimulatedHost().sync({ files }))).toEqual(["start a.service"]);
  });
});
