import { describe, expect, it } from "vitest";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = `[Service]\nExecStart=/bin/sleep inf\n${enabled}`;
const oneshot = `[Service]\nType=oneshot\nExecStart=/bin/true\n${enabled}`;
const vendor = "/usr/lib/systemd/system";
const ended = { activeState: "inactive", subState: "dead", downBecause: "ended" } as const;

describe("a unit of the distribution that git has byte for byte", () => {
  it.each([vendor, "/lib/systemd/system"])("in %s is not restarted, and the plan says why", async (place) => {
    const host = new SimulatedHost();
    host.putFile(`${place}/a.service`, service);
    host.run("a.service");
    const text = { files: { "units/a.service": service } };
    const { spared } = await host.plan(text);
    expect(spared.map(({ because }) => because)).toEqual([
      `it runs this definition already, from ${place}/a.service`,
    ]);
    expect(listJobs(await host.sync(text))).toEqual([]);
    expect(listJobs(await host.plan(text))).toEqual([]);
    const changed = { files: { "units/a.service": `${service}# x\n[Service]\nNice=1\n` } };
    expect(listJobs(await host.sync(changed))).toEqual(["restart a.service"]);
  });

  it("is restarted for what a drop-in of git adds, and if git has another text", async () => {
    const host = new SimulatedHost();
    host.putFile(`${vendor}/a.service`, service);
    host.putFile(`${vendor}/b.service`, service);
    for (const unit of ["a.service", "b.service"]) host.run(unit);
    const done = await host.sync({
      files: {
        "units/a.service": service,
        "units/a.service.d/nice.conf": "[Service]\nNice=1\n",
        "units/b.service": `# other\n${service}`,
      },
    });
    expect(listJobs(done)).toEqual(["restart a.service", "restart b.service"]);
  });

  it("runs on as an instance of its template", async () => {
    const host = new SimulatedHost();
    host.putFile(`${vendor}/w@.service`, service);
    host.run("w@a.service");
    const text = { files: { "units/w@.service": service } };
    expect(listJobs(await host.sync(text))).toEqual([]);
    expect(listJobs(await host.plan(text))).toEqual([]);
  });

  it.each([vendor, "/etc/systemd/system"])(
    "and is a oneshot in %s that has run does not run again",
    async (place) => {
      const host = new SimulatedHost();
      host.putFile(`${place}/job.service`, oneshot);
      host.run("job.service", ended);
      const text = { files: { "units/job.service": oneshot } };
      expect(listJobs(await host.sync(text))).toEqual([]);
      expect(listJobs(await host.plan(text))).toEqual([]);
      expect(
        listJobs(await host.sync({ files: { "units/job.service": oneshot.replace("true", "false") } })),
      ).toEqual([]);
    },
  );

  it("and that has never run is started", async () => {
    const host = new SimulatedHost();
    host.putFile(`${vendor}/job.service`, oneshot);
    expect(listJobs(await host.sync({ files: { "units/job.service": oneshot } }))).toEqual([
      "start job.service",
    ]);
  });
});

it("nobody says that a unit was started that ran on while systemd started what it newly pulls in", async () => {
  const host = new SimulatedHost();
  const target = (wants: string) => `[Unit]\n${wants}${enabled}`;
  const files = {
    "units/app.target": target(""),
    "units/new.service": "[Service]\nExecStart=/bin/sleep inf\n",
  };
  await host.sync({ files });
  await host.attempt({ files: { ...files, "units/app.target": target("Wants=new.service\n") } });
  const { asked, done } = host.inventory.actions;
  expect(asked).toEqual([]);
  expect(done.map(({ unit, action }) => `${action} ${unit}`)).toEqual(["started new.service"]);
});
