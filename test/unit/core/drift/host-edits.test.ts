import { beforeEach, describe, expect, it } from "vitest";
import { listJobs, SimulatedHost, unitDirectory } from "../../../support/values/scenario.ts";

const unit = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n";
const dropIn = `${unitDirectory}/a.service.d/hand.conf`;

describe("a unit that was started with a drop-in of somebody else", () => {
  let host: SimulatedHost;
  let commits = 0;

  /** A commit that has nothing to do with the unit. @returns what it does to units */
  const sync = () => {
    commits += 1;
    return listJobs(host.sync({ files: { "units/a.service": unit, "files/etc/other": `${commits}\n` } }));
  };

  beforeEach(() => {
    host = new SimulatedHost();
    sync();
    host.foreignDropIns.set(dropIn, "a.service");
    host.run("a.service");
    expect(sync()).toEqual([]);
  });

  it("is restarted once that is gone", () => {
    host.foreignDropIns.clear();
    expect(sync()).toEqual(["restart a.service"]);
    expect(sync()).toEqual([]);
  });

  it("is restarted once that is gone, also when it was started anew with it meanwhile", () => {
    host.run("a.service");
    expect(sync()).toEqual([]);
    host.foreignDropIns.clear();
    expect(sync()).toEqual(["restart a.service"]);
  });

  it("is restarted when it was started anew after that had gone, but before a daemon-reload", () => {
    host.foreignDropIns.clear();
    host.run("a.service", { needDaemonReload: true });
    expect(sync()).toEqual(["restart a.service"]);
  });

  it("is restarted once that is gone, also when the agent started it with that after it had gone down along", () => {
    const files = { "units/a.service": `[Unit]\nRequires=b.service\n${unit}`, "units/b.service": unit };
    host = new SimulatedHost();
    host.sync({ files });
    host.foreignDropIns.set(dropIn, "a.service");
    const goDownAlong = () => host.stop("a.service");
    host.sync({ files: { "units/a.service": unit } }, Number.POSITIVE_INFINITY, goDownAlong);
    host.foreignDropIns.clear();
    expect(sync()).toEqual(["restart a.service"]);
  });

  it("is left alone when it was started anew after that had gone", () => {
    host.foreignDropIns.clear();
    host.run("a.service");
    expect(sync()).toEqual([]);
  });
});
