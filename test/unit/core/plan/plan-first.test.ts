/** The plan of a host that has nothing of the repository yet. */
import { describe, expect, it } from "vitest";
import { isEmptyPlan } from "../../../../src/core/plan/make-plan.ts";
import { hostWith, SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (body = "") => `[Service]\nExecStart=/bin/sleep inf\n${body}${enabled}`;

describe("the first sync", () => {
  it("writes, reloads once, and starts what is expected to run", async () => {
    const host = new SimulatedHost();
    const plan = await host.sync({
      files: { "units/a.service": service(), "units/b.service": "[Service]\nExecStart=/bin/true\n" },
    });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["write", "write", "write", "daemon-reload", "start"]);
    expect(listJobs(plan)).toEqual(["start a.service"]);
  });

  it("is followed by an empty plan", async () => {
    const text = {
      files: { "units/a.service": service(), "files/etc/x": "1" },
      secrets: { "secrets/a.service/k.age": "s" },
    };
    const host = await hostWith(text);
    expect((await host.sync(text)).steps).toEqual([]);
    expect(isEmptyPlan(await host.plan(text))).toBe(true);
  });

  it("does not start a oneshot that only a timer triggers, nor one for a target that is not up", async () => {
    const host = new SimulatedHost();
    const plan = await host.sync({
      files: {
        "units/backup.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
        "units/backup.timer": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
        "units/bye.service":
          "[Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=shutdown.target\n",
      },
    });
    expect(listJobs(plan)).toEqual(["start backup.timer"]);
  });

  it("starts what a managed target pulls in that is itself enabled", async () => {
    const plan = await new SimulatedHost().sync({
      files: {
        "units/ots.target": `[Unit]\nWants=b.service\n${enabled}`,
        "units/a.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=ots.target\n",
        "units/b.service": "[Service]\nExecStart=/bin/true\n",
      },
    });
    expect([...listJobs(plan)].sort()).toEqual(["start a.service", "start b.service", "start ots.target"]);
  });
});
