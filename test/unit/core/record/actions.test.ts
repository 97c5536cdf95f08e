/** What is remembered of the jobs of an attempt, also of one that was killed in the middle of them. */
import { expect, it } from "vitest";
import type { ActionLog } from "../../../../src/core/model/actions.ts";
import { emptyActionLog } from "../../../../src/core/model/actions.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import type { ObservedUnit } from "../../../../src/core/model/observed.ts";
import type { JobVerb, Plan } from "../../../../src/core/model/plan.ts";
import {
  askActions,
  mergeLastActions,
  recordEnds,
  settleAsked,
} from "../../../../src/core/record/actions.ts";
import { makeRevision } from "../../../support/values/scenario.ts";

const at = "2026-01-01T00:00:00Z";

function planOf(jobs: readonly (readonly [JobVerb, string])[]): Plan {
  const steps = jobs.map(([kind, unit]) => ({ kind, unit, because: `why ${kind}` }) as const);
  return {
    revision: makeRevision(),
    steps,
    refusals: [],
    spared: [],
    explanations: [],
    alongside: [
      { unit: "bound.service", action: "restart", because: "it has PartOf=a.service, which is restarted" },
    ],
    expected: new Set(),
    leaving: [],
    owedHooks: [],
    scope: null,
    released: new Map(),
  };
}

/** Units that run since the given time; since 0: that never ran. */
function unitsOf(since: Readonly<Record<string, number>>): ReadonlyMap<string, ObservedUnit> {
  return new Map(
    Object.entries(since).map(([name, startedAtUs]) => [
      name,
      {
        name,
        loadState: "loaded",
        activeState: startedAtUs === 0 ? "inactive" : "active",
        subState: "",
        job: null,
        invocationId: null,
        startedAtUs,
        needDaemonReload: false,
      },
    ]),
  );
}

const before = unitsOf({ "a.service": 5, "bound.service": 5, "gone.service": 5, "new.service": 0 });
const plan = planOf([
  ["stop", "gone.service"],
  ["restart", "a.service"],
  ["reload", "r.service"],
  ["start", "new.service"],
]);
const asked: ActionLog = askActions(emptyActionLog, plan, before, at);
const told = ({ done }: ActionLog) => done.map(({ unit, action }) => `${action} ${unit}`);

it("the log of actions has every job as it ended, with its reason", () => {
  const log = recordEnds(
    asked,
    [
      { unit: "gone.service", verb: "stop", result: "done" },
      { unit: "a.service", verb: "restart", result: "failed" },
      { unit: "r.service", verb: "reload", result: "refused", message: "no" },
      { unit: "new.service", verb: "start", result: "unmet", message: "its condition is not met" },
    ],
    at,
  );
  expect(log.done).toEqual([
    { unit: "gone.service", action: "stopped", because: "why stop", at },
    { unit: "a.service", action: "failed to restart", because: "why restart", at },
    { unit: "new.service", action: "not started", because: "its condition is not met", at },
  ]);
  expect(log.asked.map(({ unit }) => unit)).toEqual(["bound.service"]);
});

it("the log of actions says of a start that goes on since when it does", () => {
  const job = { unit: "a.service", verb: "restart", result: "unfinished", message: "still at it" } as const;
  expect(recordEnds(asked, [job], at).done).toMatchObject([
    { action: "restarting", because: "why restart; still at it" },
  ]);
});

it("the log of actions takes what a killed attempt has done from the units, and no more than that", () => {
  const now = unitsOf({ "a.service": 3, "bound.service": 9, "gone.service": 0, "new.service": 0 });
  const resumed = askActions(asked, planOf([["start", "new.service"]]), now, at);
  // The clock was set back: a unit that began to start at another time has begun anew all the same.
  expect(told(resumed)).toEqual(["stopped gone.service", "restarted a.service", "restarted bound.service"]);
  expect(resumed.asked.map(({ unit }) => unit)).toEqual(["new.service", "bound.service"]);
});

it("the log of actions finds nothing done where a kill came before the jobs", () => {
  expect(settleAsked(asked, before, at)).toEqual(emptyActionLog);
});

it("the log of actions decides by the state of the unit what a lost connection does not tell", () => {
  const log = recordEnds(asked, [{ unit: "a.service", verb: "restart", result: "unknown" }], at);
  expect(told(log)).toEqual([]);
  expect(told(settleAsked(log, unitsOf({ "a.service": 9 }), at))).toEqual(["restarted a.service"]);
});

it("the log of actions forgets the last action on a unit that there is no more", () => {
  const old = { action: "started", because: "new", at };
  const done = [{ unit: "new.service", action: "started", because: "why", at }];
  const inventory = { ...emptyInventory, actions: { ...emptyActionLog, done } };
  expect(Object.keys(mergeLastActions({ "old.service": old }, inventory))).toEqual(["new.service"]);
});
