/** An agent that is killed after any single step of an apply, and run again, ends where an undisturbed one does. */
import { beforeAll, expect, it } from "vitest";
import { describeOnEachRoot } from "../support/each-root.ts";
import { FaultHost } from "../support/fault-host.ts";
import { allUnits, arrange, diffStates, installDistributionUnits, interrupted, makeStates, onlyIn, type RepositoryState, type StateName, undisturbed } from "../support/fault-states.ts";
import type { HostSnapshot } from "../support/fault-snapshot.ts";

describeOnEachRoot("probe", (boot) => {
  let faults: FaultHost;
  let states: Readonly<Record<StateName, RepositoryState>>;

  beforeAll(async () => {
    faults = await FaultHost.boot(boot, allUnits);
    await installDistributionUnits(faults.host);
    states = await makeStates((text) => faults.host.encrypt(text));
    await faults.host.push(states.a);
    await faults.resume();
  });

  it("x", async () => {
    let t = Date.now();
    const lap = (what: string) => { console.log(what, Date.now() - t); t = Date.now(); };
    for (const [from, to] of [["a","b"],["b","a"],["a","b"]] as const) {
    await arrange(faults.host, from);
    lap("arrange");
    const before = await faults.snapshot();
    lap("snapshot");
    await faults.host.push(diffStates(states[from], states[to]));
    lap("push");
    const run = await faults.runToEnd();
    lap("run");
    const after = await faults.snapshot();
    console.log(run, after);
    t = Date.now();
    await faults.resume();
    lap("resume");
    await faults.expectAtRest(after);
    lap("rest");
    await faults.expectEmptyPlan();
    lap("plan");
    const changed = allUnits.filter((u) => before.invocations.get(u) !== after.invocations.get(u));
    console.log(changed);
    }
  });
});
