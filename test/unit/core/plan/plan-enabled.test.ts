import { beforeEach, describe, expect, it } from "vitest";
import { findNewlyEnabled } from "../../../../src/core/check/enablement.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import type { UnitRules } from "../../../../src/core/model/rules.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { build, listJobs, makeConfig, type RepositoryText } from "../../../support/values/scenario.ts";

const vendor = "/usr/lib/systemd/system";
const etc = "/etc/systemd/system";
const install = "[Install]\nWantedBy=multi-user.target\n";
const service = `[Service]\nExecStart=/bin/sleep inf\n${install}`;
const other = { "units/other.service": "[Service]\nExecStart=/bin/sleep inf\n" };

describe("enabled: true for a unit of the distribution", () => {
  let host: SimulatedHost;
  const enabling = (name: string, more: UnitRules = {}): RepositoryText => ({
    files: other,
    units: { [name]: { enabled: true, ...more } },
  });
  const listLinks = () =>
    [...host.files].flatMap(([path, file]) =>
      file.kind === "link" ? [`${path} -> ${file.linkTarget}`] : [],
    );

  beforeEach(() => {
    host = new SimulatedHost();
    host.putFile(`${vendor}/a.service`, service);
  });

  it("makes the link of systemctl enable and starts it; without the key the link goes, and the unit runs on", async () => {
    const done = await host.sync(enabling("a.service"));
    expect(listJobs(done)).toEqual(["start a.service"]);
    expect(listLinks()).toEqual([`${etc}/multi-user.target.wants/a.service -> ${vendor}/a.service`]);
    expect(host.inventory.units["a.service"]).toMatchObject({ owned: false, expected: true });
    expect((await host.plan(enabling("a.service"))).steps).toEqual([]);
    expect(listJobs(await host.sync({ files: other }))).toEqual([]);
    expect(listLinks()).toEqual([]);
    expect(host.units.get("a.service")?.activeState).toBe("active");
    expect(host.inventory.units["a.service"]).toBeUndefined();
  });

  it("stays expected when it is stopped, and is not started by the next sync", async () => {
    await host.sync(enabling("a.service"));
    host.stop("a.service");
    expect(
      listJobs(await host.sync({ ...enabling("a.service"), files: { ...other, "files/etc/x": "1" } })),
    ).toEqual([]);
    expect(host.inventory.units["a.service"]?.expected).toBe(true);
  });

  it("takes over the link that enables it, and leaves it enabled by that in the end", async () => {
    const link = `${etc}/multi-user.target.wants/a.service`;
    host.files.set(link, { kind: "link", linkTarget: "/lib/systemd/system/a.service" });
    host.run("a.service");
    expect(listJobs(await host.sync(enabling("a.service")))).toEqual([]);
    await host.sync({ files: other });
    expect(listLinks()).toEqual([`${link} -> /lib/systemd/system/a.service`]);
  });

  it("enables what Also= names, aliases, and the default instance of a template", async () => {
    host.putFile(`${vendor}/a.service`, `${service}Alias=b.service\nAlso=a.timer w@.service\n`);
    host.putFile(`${vendor}/a.timer`, "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n");
    host.putFile(`${vendor}/w@.service`, `${service}DefaultInstance=one\n`);
    await host.sync(enabling("a.service"));
    expect(listLinks().sort()).toEqual([
      `${etc}/b.service -> ${vendor}/a.service`,
      `${etc}/multi-user.target.wants/a.service -> ${vendor}/a.service`,
      `${etc}/multi-user.target.wants/w@one.service -> ${vendor}/w@.service`,
      `${etc}/timers.target.wants/a.timer -> ${vendor}/a.timer`,
    ]);
  });

  it("enables an instance by the file of its template, and a unit beside a drop-in of git", async () => {
    host.putFile(`${vendor}/w@.service`, service);
    await host.sync({
      files: { ...other, "units/a.service.d/x.conf": "[Service]\nNice=1\n" },
      units: { "w@x.service": { enabled: true }, "a.service": { enabled: true } },
    });
    expect(listLinks().sort()).toEqual([
      `${etc}/multi-user.target.wants/a.service -> ${vendor}/a.service`,
      `${etc}/multi-user.target.wants/w@x.service -> ${vendor}/w@.service`,
    ]);
  });

  it("does nothing for a unit that git wants stopped", async () => {
    await host.sync(enabling("a.service", { state: "stopped" }));
    expect(listLinks()).toEqual([]);
  });

  it.each([
    ["which the host does not have", "gone.service", "neither the repository nor this host has it"],
    ["without [Install]", "bare.service", `${vendor}/bare.service has no [Install] section`],
  ])("warns of one %s, and applies the rest", (_, name, text) => {
    const bytes = new TextEncoder().encode("[Service]\nExecStart=/bin/true\n");
    const file = { path: `${vendor}/bare.service`, mode: "file", bytes, blob: "" } as const;
    const { diagnostics } = build({ ...enabling(name), hostUnits: new Map([["bare.service", file]]) });
    expect(diagnostics.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      `warning units: ${name} is not enabled: ${text}`,
    ]);
  });

  it("says nothing in a checkout, where the host cannot be asked", () => {
    expect(build(enabling("gone.service")).diagnostics).toEqual([]);
  });
});

describe("a unit that the host has and that git would enable", () => {
  const warn = (found: readonly string[], rules: UnitRules = {}) => {
    const text = { files: { "units/a.service": service }, units: { "a.service": rules } };
    const observed = new Map(
      found.map((path) => [
        path,
        { kind: "file", digest: "", mode: 0o644, owner: "root", group: "root" } as const,
      ]),
    );
    return findNewlyEnabled(build(text).desired, makeConfig(text), emptyInventory, observed).map(
      ({ message }) => message,
    );
  };
  const sentence = "a.service is not enabled on this host, and git enables it now: every boot starts it";

  it.each([`${vendor}/a.service`, `${etc}/a.service`])("at %s is warned of", (path) => {
    expect(warn([path])).toEqual([sentence]);
  });

  it("is not warned of if it is enabled, if the host does not have it, or if gitops.yaml says what is meant", () => {
    const path = `${vendor}/a.service`;
    expect(warn([path, `${etc}/multi-user.target.wants/a.service`])).toEqual([]);
    expect(warn([])).toEqual([]);
    expect(warn([path], { enabled: true })).toEqual([]);
    expect(warn([path], { enabled: false })).toEqual([]);
  });
});
