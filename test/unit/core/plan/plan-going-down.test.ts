import { describe, expect, it } from "vitest";
import type { ObservedUnit } from "../../../../src/core/model/observed.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs } from "../../../support/values/scenario.ts";

const service = (body: string) =>
  `[Service]\nExecStart=/bin/sleep inf\n${body}[Install]\nWantedBy=multi-user.target\n`;

/** A host whose a.service is seen between its end and what comes after it. */
async function hostGoingDown(overrides: Partial<ObservedUnit> = {}): Promise<SimulatedHost> {
  const host = new SimulatedHost();
  await host.sync({ files: { "units/a.service": service("Environment=A=1\nRestart=always\n") } });
  host.run("a.service", { activeState: "deactivating", subState: "stop-post", ...overrides });
  return host;
}

describe("a service that went down by itself just when the plan is made", () => {
  it("is restarted by a change: systemd may be about to start the old definition again", async () => {
    const plan = await (await hostGoingDown()).sync({
      files: { "units/a.service": service("Environment=A=2\n") },
    });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
  });

  it("is stopped when git removes it, before its file goes", async () => {
    const plan = await (await hostGoingDown()).sync({
      files: { "units/b.target": "[Unit]\nDescription=x\n" },
    });
    expect(listJobs(plan)).toEqual(["stop a.service"]);
  });

  it("is restarted where a running one would be reloaded, as systemd reloads nothing that is not active", async () => {
    const plan = await (await hostGoingDown()).sync({
      files: { "units/a.service": service("Environment=A=2\n") },
      units: { "a.service": { onChange: "reload" } },
    });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
  });

  it("stays down when somebody has asked for it", async () => {
    const plan = await (await hostGoingDown({ job: "stop" })).sync({
      files: { "units/a.service": service("Environment=A=2\n") },
    });
    expect(listJobs(plan)).toEqual([]);
  });
});

it("a service that is still starting is restarted, too, where a running one would be reloaded", async () => {
  const host = await hostGoingDown({ activeState: "activating", subState: "start" });
  const done = await host.sync({
    files: { "units/a.service": service("Environment=A=2\n") },
    units: { "a.service": { onChange: "reload" } },
  });
  expect(listJobs(done)).toEqual(["restart a.service"]);
});
