/** The settling measures time by itself: a clock that is set meanwhile neither prolongs nor cuts it. */
import { expect, it } from "vitest";
import { type SettlePorts, settleUnits } from "../../../src/agent/settle.ts";
import type { ObservedUnit } from "../../../src/core/model/observed.ts";

const dayMs = 86_400_000;

/** Ports where the wall clock jumps by `jumpMs` at every look. */
function makePorts(jumpMs: number, activeStates: readonly ObservedUnit["activeState"][]): SettlePorts {
  let nowMs = 1_000 * dayMs;
  let looks = 0;
  return {
    clock: {
      now: () => {
        nowMs += jumpMs;
        return nowMs;
      },
      sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
    },
    manager: {
      watchChanges: async () => ({ next: async () => undefined, close: () => undefined }),
      readUnits: async () => {
        const activeState = activeStates[Math.min(looks, activeStates.length - 1)] ?? "active";
        looks += 1;
        return new Map([["web.service", { ...webService, activeState }]]);
      },
    } as unknown as SettlePorts["manager"],
    checks: { runCheck: async () => null },
    logs: { readLastLines: async () => [] },
  };
}

const webService: ObservedUnit = {
  name: "web.service",
  loadState: "loaded",
  activeState: "active",
  subState: "running",
  job: null,
  invocationId: "1".repeat(32),
  startedAtUs: 0,
};

const allWell = { failures: new Map(), unfinished: new Map(), unmet: new Map() };
const unit = { name: "web.service", health: { settleMs: 20, timeoutMs: 60_000 } };

it("the settling ends although the clock is set back a day at every look", async () => {
  const settled = await settleUnits(makePorts(-dayMs, ["active"]), [unit], new AbortController().signal);
  expect(settled).toEqual(allWell);
});

it("the settling gives a unit that is starting its time although the clock is set forward a day at every look", async () => {
  const ports = makePorts(dayMs, ["activating", "activating", "activating", "active"]);
  expect(await settleUnits(ports, [unit], new AbortController().signal)).toEqual(allWell);
});
