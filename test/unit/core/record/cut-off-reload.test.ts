import { describe, expect, it } from "vitest";
import { recordCutOff } from "../../../../src/core/record/claim.ts";
import { build, listJobs, type RepositoryText, SimulatedHost } from "../../../support/values/scenario.ts";

const mount = (options: string) =>
  `[Mount]\nWhat=tmpfs\nWhere=/srv/x\nType=tmpfs\nOptions=${options}\n[Install]\nWantedBy=multi-user.target\n`;
const repository = (options: string): RepositoryText => ({ files: { "units/srv-x.mount": mount(options) } });

/** A host whose agent was killed between the daemon-reload and the end of the jobs on the way from `size=1m` to `to`. */
function cutOffHost(to: RepositoryText): SimulatedHost {
  const host = new SimulatedHost();
  host.sync(repository("size=1m"));
  const steps = host.plan(build(to).desired).steps;
  host.sync(to, steps.findIndex(({ kind }) => kind === "daemon-reload") + 1);
  const { desired } = build(to);
  host.inventory = recordCutOff(host.inventory, {
    desired,
    plan: host.plan(desired),
    observed: host.observe(),
  });
  return host;
}

describe("a reload that may have been done before the agent was killed", () => {
  it("is done again for the definition before, once the push is taken back", () => {
    const host = cutOffHost(repository("size=2m"));
    expect(listJobs(host.sync(repository("size=1m")))).toEqual(["reload srv-x.mount"]);
    expect(listJobs(host.sync(repository("size=1m")))).toEqual([]);
  });

  it("is done again for the same definition, and for a third one", () => {
    expect(listJobs(cutOffHost(repository("size=2m")).sync(repository("size=2m")))).toEqual([
      "reload srv-x.mount",
    ]);
    expect(listJobs(cutOffHost(repository("size=2m")).sync(repository("size=3m")))).toEqual([
      "reload srv-x.mount",
    ]);
  });

  it("does not make a restart out of a setting that both have", () => {
    const host = cutOffHost({
      files: { "units/srv-x.mount": `# a comment\n${mount("size=2m")}` },
    });
    expect(listJobs(host.sync(repository("size=1m")))).not.toContain("restart srv-x.mount");
  });

  it("is done again for control-group settings, too", () => {
    const slice = (tasks: number): RepositoryText => ({
      files: {
        "units/x.service": `[Service]\nExecStart=/bin/x\nTasksMax=${tasks}\n[Install]\nWantedBy=multi-user.target\n`,
      },
    });
    const host = new SimulatedHost();
    host.sync(slice(1));
    host.sync(slice(2), 2);
    const { desired } = build(slice(2));
    host.inventory = recordCutOff(host.inventory, {
      desired,
      plan: host.plan(desired),
      observed: host.observe(),
    });
    expect(host.sync(slice(1)).steps.map(({ kind }) => kind)).toContain("refresh-cgroup");
  });
});
