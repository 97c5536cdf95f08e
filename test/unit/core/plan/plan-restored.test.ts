import { describe, expect, it } from "vitest";
import { killedBefore } from "../../../support/memory-host/effects.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const text = (body: string): RepositoryText => ({
  files: { "units/a.service": `[Service]\nExecStart=/bin/x\n${body}${enabled}` },
});

async function hostWith(body: string): Promise<SimulatedHost> {
  const host = new SimulatedHost();
  await host.sync(text(body));
  return host;
}

describe("a unit that ran before an attempt", () => {
  it("is not started again when the new revision makes it fail: the settling judges that", async () => {
    const host = await hostWith("");
    const next = text("Environment=A=1\n");
    await host.attempt(next);
    host.fail("a.service");
    expect(listJobs(await host.plan(next))).toEqual([]);
  });

  it("is started again when it failed while it was stopped, as a container does whose stop signal kills it", async () => {
    const host = await hostWith("");
    const next = text("Environment=A=1\n");
    await host.sync(next, killedBefore("restart"));
    host.fail("a.service");
    expect(listJobs(await host.plan(next))).toEqual(["start a.service"]);
  });

  it("is not started again when it ended by itself", async () => {
    const host = await hostWith("");
    const next = text("Environment=A=1\n");
    await host.attempt(next);
    host.run("a.service", { activeState: "inactive", invocationId: null, downBecause: "ended" });
    expect(listJobs(await host.plan(next))).toEqual([]);
  });

  it("is started again when it went down otherwise", async () => {
    const host = await hostWith("");
    const next = text("Environment=A=1\n");
    await host.attempt(next);
    host.stop("a.service");
    expect(listJobs(await host.plan(next))).toEqual(["start a.service"]);
  });
});
