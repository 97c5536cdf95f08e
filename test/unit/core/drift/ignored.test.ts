/** What `drift: ignore` means for the commits that follow: what is ignored stays, until git changes that very file. */
import { beforeEach, describe, expect, it } from "vitest";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, unitDirectory } from "../../../support/values/scenario.ts";

const unit = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n";
const fragment = `${unitDirectory}/a.service`;
const dropIn = `${unitDirectory}/a.service.d/hand.conf`;

let host: SimulatedHost;
let commits = 0;

/** A commit with this unit, and another file so that there is always something to do. */
function commit(changes: Readonly<Record<string, string>> = {}, drift: "ignore" | "report" = "ignore") {
  commits += 1;
  const files = { "units/a.service": unit, "files/etc/other": `${commits}\n`, ...changes };
  return { files, units: { "a.service": { drift }, "off.service": { drift, state: "stopped" } } } as const;
}

beforeEach(async () => {
  host = new SimulatedHost();
  await host.sync(commit());
});

describe("an ignored edit of a unit file", () => {
  beforeEach(() => {
    host.putFile(fragment, `${unit}[Service]\nNice=3\n`);
    host.daemonReload();
    host.run("a.service");
  });

  it("stays when a commit changes something else, and restarts nothing", async () => {
    const edit = host.files.get(fragment);
    expect(listJobs(await host.sync(commit()))).toEqual([]);
    expect(host.files.get(fragment)).toEqual(edit);
  });

  it("gives way to a commit that changes the file, which says so", async () => {
    const { steps } = await host.sync(commit({ "units/a.service": `# new\n${unit}` }));
    const write = steps.find(({ path }) => path === fragment);
    expect(write?.because).toBe(
      "changed in git (the hand edit on the host was ignored so far, and is backed up)",
    );
  });

  it("comes back when that commit is rolled back", async () => {
    const edit = host.files.get(fragment);
    const good = commit();
    await host.sync(good);
    await host.attempt(commit({ "units/a.service": `# new\n${unit}` }));
    await host.goBack(good);
    expect(host.files.get(fragment)).toEqual(edit);
  });

  it("owes no restart when it is gone again, as often as that happens", async () => {
    await host.sync(commit());
    for (let round = 0; round < 3; round += 1) {
      host.putFile(fragment, unit);
      host.daemonReload();
      expect(listJobs(await host.sync(commit()))).toEqual([]);
      host.putFile(fragment, `${unit}[Service]\nNice=${round}\n`);
      host.daemonReload();
      host.run("a.service");
      expect(listJobs(await host.sync(commit()))).toEqual([]);
    }
  });
});

it("an ignored drop-in restarts nothing while it is there, nor when the policy becomes ignore after it", async () => {
  await host.sync(commit({}, "report"));
  host.putFile(dropIn, "[Service]\nNice=1\n");
  host.daemonReload();
  host.run("a.service");
  expect(listJobs(await host.sync(commit({}, "report")))).toEqual([]);
  expect(listJobs(await host.sync(commit()))).toEqual([]);
  expect(listJobs(await host.sync(commit()))).toEqual([]);
  expect(host.files.has(dropIn)).toBe(true);
});

it("a unit that git wants stopped and that runs is stopped by the next commit, unless that is ignored", async () => {
  const off = { "units/off.service": unit };
  await host.sync(commit(off));
  host.run("off.service");
  expect(listJobs(await host.sync(commit(off)))).toEqual([]);
  expect(listJobs(await host.sync(commit(off, "report")))).toEqual(["stop off.service"]);
});

it("a change of the policy alone is recorded and touches nothing", async () => {
  const files = { "units/a.service": unit };
  await host.sync({ files });
  const { steps } = await host.sync({ files, units: { "a.service": { drift: "correct" } } });
  expect(steps).toEqual([]);
  expect(host.inventory.driftRules.units).toEqual({
    "a.service": { default: "correct", kinds: {}, ignore: [] },
  });
});
