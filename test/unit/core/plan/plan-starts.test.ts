/** What is started although it does not run, and what is stopped or makes way for that. */
import { describe, expect, it } from "vitest";
import type { ObservedUnit } from "../../../../src/core/model/observed.ts";
import { killedBefore } from "../../../support/memory-host/effects.ts";
import { hostWith, SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (body = "", tail = enabled) => `[Service]\nExecStart=/bin/x\n${body}${tail}`;
const oneshot = (body = "", tail = enabled) => service(`Type=oneshot\n${body}`, tail);

/** The jobs of a push that replaces a.service, which was seen as `seen`. */
async function listJobsOfChange(
  before: string,
  seen: Partial<ObservedUnit>,
  after: string,
): Promise<readonly string[]> {
  const host = await hostWith({ files: { "units/a.service": before } });
  host.run("a.service", seen);
  return listJobs(await host.sync({ files: { "units/a.service": after } }));
}

const down = { activeState: "inactive", subState: "dead", invocationId: null } as const;
const ended = { ...down, downBecause: "ended" } as const;
const exited = { activeState: "active", subState: "exited" } as const;

describe("a unit that becomes a oneshot while what it was before still runs", () => {
  it.each([
    ["a service", service("", ""), {}],
    ["a oneshot that remained", oneshot("RemainAfterExit=yes\n", ""), exited],
  ])("is stopped once the new file is loaded if only a timer starts it: %s", async (_, before, seen) => {
    const host = await hostWith({ files: { "units/a.service": before } });
    host.run("a.service", seen);
    const plan = await host.sync({ files: { "units/a.service": oneshot("", "") } });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["write", "daemon-reload", "stop"]);
    expect((await host.sync({ files: { "units/a.service": oneshot("", "") } })).steps).toEqual([]);
  });

  it("runs anew if a boot would run it", async () => {
    expect(await listJobsOfChange(service(), {}, oneshot())).toEqual(["restart a.service"]);
  });

  it("is left to people where gitops.yaml says so", async () => {
    const units = { "a.service": { onChange: "none" as const } };
    const host = await hostWith({ files: { "units/a.service": service() }, units });
    const plan = await host.sync({ files: { "units/a.service": oneshot() }, units });
    expect(listJobs(plan)).toEqual([]);
    expect(plan.spared).toMatchObject([{ unit: "a.service", pending: true }]);
  });

  it("is stopped, too, if it ran from another place before", async () => {
    const host = new SimulatedHost();
    host.run("a.service", exited);
    expect(listJobs(await host.sync({ files: { "units/a.service": oneshot("", "") } }))).toEqual([
      "stop a.service",
    ]);
  });

  it("runs anew if a unit that is expected to run requires it", async () => {
    const bound = `[Unit]\nRequires=a.service\n${service()}`;
    const host = await hostWith({ files: { "units/a.service": service("", ""), "units/b.service": bound } });
    const plan = await host.sync({ files: { "units/a.service": oneshot("", ""), "units/b.service": bound } });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
  });
});

describe("a stop that is still owed when the agent is killed after the daemon-reload", () => {
  it("is made up for", async () => {
    const host = await hostWith({ files: { "units/a.service": service("", "") } });
    host.run("a.service");
    await host.sync({ files: { "units/a.service": oneshot("", "") } }, killedBefore("stop"));
    expect(listJobs(await host.sync({ files: { "units/a.service": oneshot("", "") } }))).toEqual([
      "stop a.service",
    ]);
  });
});

describe("a unit that is down although nobody stopped it", () => {
  it.each([
    ["restart", service("Nice=1\n")],
    ["live", service("Restart=always\n")],
  ])("is started when it had ended by itself and the change is of class %s", async (_, after) => {
    expect(await listJobsOfChange(service(), ended, after)).toEqual(["start a.service"]);
  });

  it("is not started for a comment", async () => {
    expect(await listJobsOfChange(service(), ended, `# note\n${service()}`)).toEqual([]);
  });

  it("is not started when it is a oneshot, which waits for its next run", async () => {
    expect(await listJobsOfChange(oneshot(), ended, oneshot("Nice=1\n"))).toEqual([]);
  });

  it("is started when it was a oneshot that has run, and stays up now", async () => {
    expect(await listJobsOfChange(oneshot(), ended, service())).toEqual(["start a.service"]);
    expect(await listJobsOfChange(oneshot(), ended, oneshot("RemainAfterExit=yes\n"))).toEqual([
      "start a.service",
    ]);
  });

  it("is not started when it is not expected to run", async () => {
    expect(await listJobsOfChange(service("", ""), ended, service("Nice=1\n", ""))).toEqual([]);
  });

  it("is started when a condition kept it down, and the condition changes or what it asks for comes", async () => {
    const conditional = (path: string) => `[Unit]\nConditionPathExists=${path}\n${service()}`;
    const unmet = { ...down, downBecause: "condition" } as const;
    expect(await listJobsOfChange(conditional("/etc/x"), unmet, conditional("/etc/y"))).toEqual([
      "start a.service",
    ]);
    const host = await hostWith({ files: { "units/a.service": conditional("/etc/x") } });
    host.run("a.service", unmet);
    const complete = { files: { "units/a.service": conditional("/etc/x"), "files/etc/x": "1" } };
    const plan = await host.sync(complete);
    expect(listJobs(plan)).toEqual(["start a.service"]);
    expect(plan.steps.at(-1)).toMatchObject({
      because: "a condition of it was not met when it was last started, and /etc/x added",
    });
    host.run("a.service", unmet);
    expect((await host.sync(complete)).steps).toEqual([]);
  });

  it("stays down when somebody stopped it, whatever changes", async () => {
    expect(await listJobsOfChange(service(), down, service("Nice=1\n"))).toEqual([]);
  });
});
