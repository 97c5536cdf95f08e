import { beforeEach, describe, expect, it } from "vitest";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, unitDirectory } from "../../../support/values/scenario.ts";

const unit = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n";
const dropIn = `${unitDirectory}/a.service.d/hand.conf`;

describe("a unit that was started with a drop-in of somebody else", () => {
  let host: SimulatedHost;
  let commits = 0;

  /** A commit that has nothing to do with the unit. @returns what it does to units */
  const sync = async () => {
    commits += 1;
    return listJobs(
      await host.sync({ files: { "units/a.service": unit, "files/etc/other": `${commits}\n` } }),
    );
  };

  const addDropIn = () => {
    host.putFile(dropIn, "[Service]\nNice=1\n");
    host.daemonReload();
  };

  const removeDropIn = () => {
    host.files.delete(dropIn);
    host.daemonReload();
  };

  beforeEach(async () => {
    host = new SimulatedHost();
    await sync();
    addDropIn();
    host.run("a.service");
    expect(await sync()).toEqual([]);
  });

  it("is restarted once that is gone", async () => {
    removeDropIn();
    expect(await sync()).toEqual(["restart a.service"]);
    expect(await sync()).toEqual([]);
  });

  it("is restarted once that is gone, also when it was started anew with it meanwhile", async () => {
    host.run("a.service");
    expect(await sync()).toEqual([]);
    removeDropIn();
    expect(await sync()).toEqual(["restart a.service"]);
  });

  it("is restarted when it was started anew after that had gone, but before a daemon-reload", async () => {
    host.files.delete(dropIn);
    host.run("a.service");
    expect(await sync()).toEqual(["restart a.service"]);
  });

  it("is restarted once that is gone, also when the agent started it with that after it had gone down along", async () => {
    const files = { "units/a.service": `[Unit]\nRequires=b.service\n${unit}`, "units/b.service": unit };
    host = new SimulatedHost();
    await host.sync({ files });
    addDropIn();
    // It goes down along with b.service, which is stopped.
    await host.sync({ files: { "units/a.service": unit } });
    removeDropIn();
    expect(await sync()).toEqual(["restart a.service"]);
  });

  it("is left alone when it was started anew after that had gone", async () => {
    removeDropIn();
    host.run("a.service");
    expect(await sync()).toEqual([]);
  });
});

describe("a timer that was started with an edit", () => {
  it("owes nothing once that is gone: a daemon-reload gives it its definition", async () => {
    const files = {
      "units/a.timer": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
      "units/a.service": unit,
    };
    const host = new SimulatedHost();
    await host.sync({ files });
    const edit = `${unitDirectory}/a.timer.d/hand.conf`;
    host.putFile(edit, "[Timer]\nRandomizedDelaySec=1\n");
    host.daemonReload();
    host.run("a.timer");
    await host.sync({ files: { ...files, "files/etc/other": "1\n" } });
    expect(host.inventory.units["a.timer"]?.startedWith).toBe("same");
    host.files.delete(edit);
    host.daemonReload();
    expect(listJobs(await host.sync({ files: { ...files, "files/etc/other": "2\n" } }))).toEqual([]);
  });
});
