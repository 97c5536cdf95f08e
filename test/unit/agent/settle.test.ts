/** What the settling makes of units that neither run nor have failed. */
import { expect, it } from "vitest";
import { type SettlePorts, settleUnits } from "../../../src/agent/settle.ts";
import type { ObservedUnit } from "../../../src/core/model/observed.ts";
import type { LongStart, Unmet } from "../../../src/core/model/starts.ts";

const start: LongStart = { message: "still running", startedAtUs: 1, isQueued: false };

interface Host {
  readonly found: Partial<ObservedUnit>;
  readonly longStarts?: readonly (readonly [string, LongStart])[];
  readonly unmet?: readonly (readonly [string, Unmet])[];
}

async function settle({ found, longStarts = [], unmet = [] }: Host) {
  const checked: string[] = [];
  const ports = {
    clock: { now: () => 0, sleep: async () => undefined },
    manager: {
      watchChanges: async () => ({ next: async () => undefined, close: () => undefined }),
      readUnits: async () => new Map([["a.service", { subState: "", job: null, ...found }]]),
      readLongStarts: async () => new Map(longStarts),
      readUnmet: async () => new Map(unmet),
    },
    checks: {
      runCheck: async (argv: readonly string[]) => {
        checked.push(...argv);
        return null;
      },
    },
    logs: { readLastLines: async () => [] },
  } as unknown as SettlePorts;
  const health = { settleMs: 0, timeoutMs: 0, check: ["check"] };
  const settled = await settleUnits(ports, [{ name: "a.service", health }], new AbortController().signal);
  return { ...settled, checked };
}

const starting = { activeState: "activating", subState: "start" } as const;

it("a oneshot that is at work after the time-out has not failed, and is not checked yet", async () => {
  const { failures, unfinished, checked } = await settle({
    found: starting,
    longStarts: [["a.service", start]],
  });
  expect([failures.size, [...unfinished], checked]).toEqual([0, [["a.service", start]], []]);
});

it("any other unit that is starting after the time-out has failed, and the time-out that is over is named", async () => {
  const { failures } = await settle({ found: starting });
  expect([...failures]).toEqual([
    ["a.service", "a.service is still activating (start) 0 s after its job (health.timeout)"],
  ]);
});

it("a unit that waits for a job is not down, but late", async () => {
  const { unfinished } = await settle({
    found: { activeState: "inactive", job: "start" },
    longStarts: [["a.service", { ...start, isQueued: true }]],
  });
  expect([...unfinished.keys()]).toEqual(["a.service"]);
});

it("a condition that is not met is no failure, and an assertion is", async () => {
  const found = { activeState: "inactive" } as const;
  const message = "its condition is not met";
  const skipped = await settle({ found, unmet: [["a.service", { message, isFailure: false }]] });
  expect([skipped.failures.size, [...skipped.unmet], skipped.checked]).toEqual([
    0,
    [["a.service", message]],
    [],
  ]);
  const refused = await settle({ found, unmet: [["a.service", { message, isFailure: true }]] });
  expect([...refused.failures.values()]).toEqual([`a.service was not started: ${message}`]);
});

it("a unit that ended well by itself is checked like a unit that runs", async () => {
  const { failures, checked } = await settle({ found: { activeState: "inactive" } });
  expect([failures.size, checked]).toEqual([0, ["check"]]);
});
