/** Rounds after a sync look how the starts ended that it left at work. */
import { expect, it } from "vitest";
import { type FollowPorts, followUnfinished } from "../../../src/agent/follow.ts";
import type { UnfinishedUnit } from "../../../src/core/model/actions.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import type { Inventory } from "../../../src/core/model/inventory.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import type { ObservedUnit } from "../../../src/core/model/observed.ts";
import { emptySyncRecord } from "../../../src/core/model/sync-record.ts";
import { makeRevision } from "../../support/values/scenario.ts";

const task: UnfinishedUnit = {
  unit: "task.service",
  startedAtUs: 5,
  isQueued: false,
  health: { settleMs: 0, timeoutMs: 1_000 },
};
const base: Inventory = { ...emptyInventory, revision: makeRevision(), unfinished: [task] };
const start = { message: "still running", startedAtUs: 5, isQueued: false };

/** The host with one unit in the given state. */
function makePorts(inventory: Inventory, found: Partial<ObservedUnit>, isAtWork = false) {
  const saved: Inventory[] = [];
  const events: AgentEvent[] = [];
  const unit = { name: "task.service", subState: "", job: null, invocationId: "1", startedAtUs: 5, ...found };
  const ports = {
    clock: { now: () => 0, sleep: async () => undefined },
    events: { emit: (event: AgentEvent) => void events.push(event) },
    checks: { runCheck: async () => null },
    logs: { readLastLines: async () => [] },
    manager: {
      readUnits: async () => new Map([["task.service", unit]]),
      watchChanges: async () => ({ next: async () => undefined, close: () => undefined }),
      readLongStarts: async () => new Map(isAtWork ? [["task.service", start]] : []),
      readFailedRequirements: async () => new Map(),
      readUnmet: async () => new Map(),
      readStatus: async () => new Map(),
    },
    state: {
      loadInventory: async () => inventory,
      saveInventory: async (it: Inventory) => void saved.push(it),
    },
  } as unknown as FollowPorts;
  return { ports, saved, events };
}

const follow = (ports: FollowPorts) => followUnfinished(ports, emptySyncRecord, new AbortController().signal);

it("following unfinished starts leaves alone what is still at work", async () => {
  const { ports, saved, events } = makePorts(base, { activeState: "activating", subState: "start" }, true);
  expect(await follow(ports)).toBe(emptySyncRecord);
  expect([saved, events]).toEqual([[], []]);
});

it("following unfinished starts tells that a start has ended well, and watches it no longer", async () => {
  const { ports, saved, events } = makePorts(base, { activeState: "active", subState: "exited" });
  expect((await follow(ports)).applied.failedUnits).toEqual([]);
  expect(events).toMatchObject([
    { type: "unit.finished", message: expect.stringContaining("active (exited)") },
  ]);
  expect(saved).toMatchObject([{ unfinished: [], actions: { done: [{ action: "finished" }] } }]);
});

it("following unfinished starts makes the host degraded when a start has failed", async () => {
  const { ports, saved, events } = makePorts(base, { activeState: "failed" });
  expect((await follow(ports)).applied.failedUnits).toMatchObject([{ unit: "task.service" }]);
  expect(events.map(({ type }) => type)).toEqual(["unit.failed", "revision.degraded"]);
  expect(saved).toMatchObject([{ unfinished: [], actions: { done: [{ action: "failed" }] } }]);
});

it("following unfinished starts counts a unit as failed that waited, and whose job is gone without a start", async () => {
  const waiting = { ...base, unfinished: [{ ...task, isQueued: true }] };
  const down = { activeState: "inactive", startedAtUs: 5 } as const;
  expect((await follow(makePorts(waiting, down).ports)).applied.failedUnits).toMatchObject([
    { message: expect.stringContaining("task.service was not started") },
  ]);
  const ran = { ...down, startedAtUs: 9 };
  expect((await follow(makePorts(waiting, ran).ports)).applied.failedUnits).toEqual([]);
});

it("following unfinished starts waits for the end of an apply, which settles its own units", async () => {
  const { ports, saved } = makePorts({ ...base, applying: makeRevision() }, { activeState: "failed" });
  expect(await follow(ports)).toBe(emptySyncRecord);
  expect(saved).toEqual([]);
});
