import { beforeEach, describe, expect, it } from "vitest";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const template = (command: string, more = "") => `[Service]\nExecStart=/bin/sleep ${command}\n${more}`;
const ownCommand = "[Service]\nExecStart=\nExecStart=/bin/sleep own\n";
const instances = { "worker@.service": { instances: ["a", "b"], state: "running" as const } };
const etc = "/etc/systemd/system";
const override = `${etc}/worker@a.service.d/override.conf`;

const workers = (text: string, more: Readonly<Record<string, string>> = {}): RepositoryText => ({
  files: { "units/worker@.service": text, ...more },
  units: instances,
});

describe("an override that is not in git", () => {
  let host: SimulatedHost;

  beforeEach(async () => {
    host = new SimulatedHost();
    await host.sync(workers(template("1")));
  });

  it.each([
    override,
    `${etc}/worker@.service.d/override.conf`,
    "/run/systemd/system/worker@a.service.d/override.conf",
    "/etc/systemd/system.control/worker@a.service.d/50-ExecStart.conf",
    "/etc/systemd/system/service.d/all.conf",
    "/usr/lib/systemd/system/worker@.service.d/package.conf",
  ])("of ExecStart= at %s makes a change of it in git no change for the instance", async (path) => {
    host.putFile(path, ownCommand);
    const done = await host.sync(workers(template("2")));
    const isForBoth = !path.includes("@a.");
    expect(listJobs(done)).toEqual(isForBoth ? [] : ["restart worker@b.service"]);
    expect(listJobs(await host.plan(workers(template("2"))))).toEqual([]);
  });

  it("is named as the reason why nothing happens", async () => {
    host.putFile(override, ownCommand);
    const { spared } = await host.plan(workers(template("2")));
    expect(spared.map(({ unit, because }) => `${unit}: ${because}`)).toEqual([
      `worker@a.service: ExecStart= changed (units/worker@.service:2): ${override}, which is not in git, decides that on this host`,
    ]);
  });

  it("does not hide a change of another setting", async () => {
    host.putFile(override, ownCommand);
    const done = await host.sync(workers(template("2", "Environment=A=1\n")));
    expect(listJobs(done)).toEqual(["restart worker@a.service", "restart worker@b.service"]);
  });

  it("does not hide the change of a list that it only adds to", async () => {
    host.putFile(override, "[Service]\nEnvironment=A=own\n");
    const done = await host.sync(workers(template("1", "Environment=B=1\n")));
    expect(listJobs(done)).toContain("restart worker@a.service");
  });

  it("hides the change of a setting of one value that it replaces, if every systemd accepts its value", async () => {
    host.putFile(override, "[Service]\nUser=daemon\n");
    expect(listJobs(await host.plan(workers(template("1", "User=nobody\n"))))).toEqual([
      "restart worker@b.service",
    ]);
    host.putFile(override, "[Service]\nUser=no such user\n");
    expect(listJobs(await host.plan(workers(template("1", "User=nobody\n"))))).toContain(
      "restart worker@a.service",
    );
  });

  it("hides nothing that a later drop-in of git sets, or has set before the change", async () => {
    const late = { "units/worker@a.service.d/zz.conf": "[Service]\nExecStart=\nExecStart=/bin/sleep late\n" };
    host.putFile(override, ownCommand);
    expect(listJobs(await host.sync(workers(template("1"), late)))).toEqual(["restart worker@a.service"]);
    const gone = await host.sync(workers(template("1")));
    expect(listJobs(gone)).toEqual(["restart worker@a.service"]);
  });

  it("hides the change of a drop-in of git that systemd reads before it", async () => {
    const early = {
      "units/worker@a.service.d/10.conf": "[Service]\nExecStart=\nExecStart=/bin/sleep early\n",
    };
    host.putFile(override, ownCommand);
    await host.sync(workers(template("1"), early));
    expect(listJobs(await host.sync(workers(template("1"))))).toEqual([]);
  });

  it("that another one of its name hides decides nothing", async () => {
    host.putFile("/run/systemd/system/worker@a.service.d/override.conf", ownCommand);
    host.putFile(override, "[Service]\nNice=1\n");
    expect(listJobs(await host.plan(workers(template("2"))))).toContain("restart worker@a.service");
  });

  it("does not start an instance that had failed, and that the change does not reach", async () => {
    host.putFile(override, ownCommand);
    host.fail("worker@a.service");
    expect(listJobs(await host.sync(workers(template("2"))))).toEqual(["restart worker@b.service"]);
  });

  it("spares an instance that nobody declared, too", async () => {
    host.putFile(`${etc}/worker@hand.service.d/override.conf`, ownCommand);
    host.run("worker@hand.service");
    const text = workers(template("2"));
    expect(listJobs(await host.sync(text))).not.toContain("restart worker@hand.service");
    expect(listJobs(await host.plan(text))).toEqual([]);
  });

  it("is followed by a restart when it is gone, since the instance runs neither it nor git's definition", async () => {
    host.putFile(override, ownCommand);
    await host.sync(workers(template("2")));
    host.files.delete(override);
    expect(listJobs(await host.sync(workers(template("2"))))).toEqual(["restart worker@a.service"]);
  });

  it("does not hide a restart that was owed before", async () => {
    const left = {
      units: { "worker@.service": { ...instances["worker@.service"], onChange: "none" as const } },
    };
    await host.sync({ ...workers(template("2")), ...left });
    host.putFile(override, ownCommand);
    expect(listJobs(await host.sync(workers(template("3"))))).toContain("restart worker@a.service");
  });

  it("leaves a restart that is left to people owed for what it does not hide", async () => {
    host.putFile(override, ownCommand);
    const rules = { "worker@.service": { ...instances["worker@.service"], onChange: "none" as const } };
    await host.sync({ ...workers(template("2", "Environment=A=1\n")), units: rules });
    expect(host.inventory.units["worker@a.service"]?.pending).toContain("Environment= added");
    expect(listJobs(await host.plan(workers(template("2", "Environment=A=1\n"))))).toContain(
      "restart worker@a.service",
    );
  });

  it("hides the change of a file that only the replaced command mentions", async () => {
    const tool = (text: string) =>
      workers("[Service]\nExecStart=/opt/a/tool\n", { "files/opt/a/tool": text });
    await host.sync(tool("1"));
    host.putFile(override, ownCommand);
    expect(listJobs(await host.sync(tool("2")))).toEqual(["restart worker@b.service"]);
  });
});

it("an override in git makes a change of its template no change for the instance", async () => {
  const host = new SimulatedHost();
  const own = { "units/worker@a.service.d/override.conf": ownCommand };
  await host.sync(workers(template("1"), own));
  expect(listJobs(await host.sync(workers(template("2"), own)))).toEqual(["restart worker@b.service"]);
});

it("an override of a unit that git only extends makes a change of git's drop-in no change", async () => {
  const host = new SimulatedHost();
  const limits = (nice: number): RepositoryText => ({
    files: { "units/cron.service.d/10-nice.conf": `[Service]\nNice=${nice}\n` },
  });
  host.run("cron.service");
  await host.sync(limits(1));
  host.putFile(`${etc}/cron.service.d/override.conf`, "[Service]\nNice=5\n");
  expect(listJobs(await host.sync(limits(2)))).toEqual([]);
  expect(listJobs(await host.plan(limits(2)))).toEqual([]);
});
