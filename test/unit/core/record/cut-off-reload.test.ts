import { describe, expect, it } from "vitest";
import { killedBefore } from "../../../support/memory-host/effects.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const mount = (options: string) =>
  `[Mount]\nWhat=tmpfs\nWhere=/srv/x\nType=tmpfs\nOptions=${options}\n[Install]\nWantedBy=multi-user.target\n`;
const repository = (options: string): RepositoryText => ({ files: { "units/srv-x.mount": mount(options) } });

/** A host whose agent was killed between the daemon-reload and the end of the jobs on the way from `size=1m` to `to`. */
async function cutOffHost(to: RepositoryText): Promise<SimulatedHost> {
  const host = new SimulatedHost();
  await host.sync(repository("size=1m"));
  await host.sync(to, killedBefore("reload", "finish"));
  return host;
}

describe("a reload that may have been done before the agent was killed", () => {
  it("is done again for the definition before, once the push is taken back", async () => {
    const host = await cutOffHost(repository("size=2m"));
    expect(listJobs(await host.sync(repository("size=1m")))).toEqual(["reload srv-x.mount"]);
    expect(listJobs(await host.sync(repository("size=1m")))).toEqual([]);
  });

  it("is done again for the same definition, and for a third one", async () => {
    expect(listJobs(await (await cutOffHost(repository("size=2m"))).sync(repository("size=2m")))).toEqual([
      "reload srv-x.mount",
    ]);
    expect(listJobs(await (await cutOffHost(repository("size=2m"))).sync(repository("size=3m")))).toEqual([
      "reload srv-x.mount",
    ]);
  });

  it("does not make a restart out of a setting that both have", async () => {
    const host = await cutOffHost({
      files: { "units/srv-x.mount": `# a comment\n${mount("size=2m")}` },
    });
    expect(listJobs(await host.sync(repository("size=1m")))).not.toContain("restart srv-x.mount");
  });

  it("is done again for control-group settings, too", async () => {
    const slice = (tasks: number): RepositoryText => ({
      files: {
        "units/x.service": `[Service]\nExecStart=/bin/x\nTasksMax=${tasks}\n[Install]\nWantedBy=multi-user.target\n`,
      },
    });
    const host = new SimulatedHost();
    await host.sync(slice(1));
    await host.sync(slice(2), killedBefore("refresh-cgroup"));
    expect((await host.sync(slice(1))).steps.map(({ kind }) => kind)).toContain("refresh-cgroup");
  });
});

it("a stop that is owed to what became a oneshot is made up for by another commit, also when its limits changed with it", async () => {
  const oneshot = (body: string): RepositoryText => ({
    files: { "units/x.service": `[Service]\nType=oneshot\nExecStart=/bin/x\n${body}` },
  });
  const host = new SimulatedHost();
  await host.sync(oneshot("RemainAfterExit=yes\n"));
  host.run("x.service", { activeState: "active", subState: "exited" });
  await host.sync(oneshot("TasksMax=9\n"), killedBefore("stop"));
  expect(listJobs(await host.sync(oneshot("TasksMax=9\n")))).toEqual(["stop x.service"]);
});
