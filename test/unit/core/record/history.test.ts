/** What the history says of how syncs ended. */

import { expect, it } from "vitest";
import { emptyHistory, type History } from "../../../../src/core/model/history.ts";
import type { Inventory } from "../../../../src/core/model/inventory.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import type { Revision } from "../../../../src/core/model/revision.ts";
import { emptySyncRecord, type SyncRecord } from "../../../../src/core/model/sync-record.ts";
import { forgetDone } from "../../../../src/core/record/actions.ts";
import { choosePhaseAfter } from "../../../../src/core/record/attempt.ts";
import {
  hasActions,
  maxHistoryEntries,
  recordCorrection,
  recordSync,
} from "../../../../src/core/record/history.ts";
import { attemptOf } from "../../../support/values/attempt-fixture.ts";

function revisionOf(digit: string): Revision {
  const at = "2026-01-01T00:00:00Z";
  return { branch: "main", commit: digit.repeat(40), subject: digit, author: "Alice", committedAt: at };
}

const [good, bad] = [revisionOf("a"), revisionOf("b")];
const at = "2026-01-01T10:00:00Z";
const restarted = { unit: "web.service", action: "restarted", because: "Nice= changed", at };
const inSync: Inventory = { ...emptyInventory, revision: good };
/** The host after an attempt that has restarted a unit. */
const busy: Inventory = { ...inSync, actions: { first: 0, asked: [], done: [restarted] } };
const applied: SyncRecord = {
  ...emptySyncRecord,
  attempt: attemptOf(good, { phase: "applied" }, "alice@example.org"),
};
const failure = { code: "unhealthy", message: "web.service failed", hint: null, details: [], since: "" };
const rejected: SyncRecord = { ...applied, attempt: attemptOf(bad, { phase: "rolled-back", failure }) };
const returning: SyncRecord = {
  ...applied,
  attempt: attemptOf(bad, { phase: "rolling-back", failure, blockedBy: null }),
};

function record(steps: readonly (readonly [Inventory, SyncRecord])[], before = emptyHistory): History {
  return steps.reduce(
    (history, [inventory, sync], minute) =>
      recordSync(history, inventory, sync, `2026-01-01T11:${String(minute).padStart(2, "0")}:00Z`),
    before,
  );
}

const outcomesOf = ({ entries }: History) => entries.map(({ outcome }) => outcome);

it("the history tells what was applied, who signed it, and what it did to units", () => {
  const [entry] = record([[busy, applied]]).entries;
  expect(entry).toMatchObject({ outcome: "applied", revision: good, signedBy: "alice@example.org" });
  expect(entry?.actions).toEqual([{ unit: "web.service", action: "restarted", because: "Nice= changed" }]);
});

it("the history says nothing twice, and says nothing while an apply is under way or before the first", () => {
  const once = record([[inSync, applied]]);
  expect(record([[inSync, applied]], once)).toBe(once);
  expect(
    record(
      [
        [
          { ...inSync, applying: bad },
          { ...applied, attempt: attemptOf(bad, { phase: "applying" }) },
        ],
      ],
      once,
    ),
  ).toBe(once);
  expect(record([[emptyInventory, emptySyncRecord]])).toBe(emptyHistory);
});

it("the history tells a way back that is blocked from a way back that was gone", () => {
  const blocked = { ...inSync, applying: bad };
  const history = record([
    [inSync, applied],
    [blocked, returning],
    [blocked, returning],
    [inSync, rejected],
    [inSync, rejected],
  ]);
  expect(outcomesOf(history)).toEqual(["applied", "rolling-back", "rolled-back"]);
  expect(history.entries.at(-1)).toMatchObject({
    revision: bad,
    applied: good,
    failure: { code: "unhealthy" },
  });
});

it("the history lists each action once, under the sync that did it, whatever the clock says", () => {
  const stopped = {
    unit: "db.service",
    action: "stopped",
    because: "removed from git",
    at: "2025-01-01T00:00:00Z",
  };
  // Killed after the history was written, and before the inventory has forgotten what is in it.
  const killed = { ...busy, actions: { ...busy.actions, done: [restarted, stopped] } };
  const later = { ...inSync, actions: { first: 2, asked: [], done: [restarted] } };
  const history = record([
    [busy, applied],
    [busy, applied],
    [killed, rejected],
    [later, applied],
  ]);
  expect(history.entries.map(({ actions }) => actions.map(({ unit }) => unit))).toEqual([
    ["web.service"],
    ["db.service"],
    ["web.service"],
  ]);
});

it("the history lists what is done after the inventory was begun anew", () => {
  const before = record([[{ ...inSync, actions: { first: 7, asked: [], done: [restarted] } }, applied]]);
  const history = record([[busy, rejected]], before);
  expect(history.entries.at(-1)?.actions).toHaveLength(1);
});

it("the history says when the inventory may forget what was done", () => {
  const history = record([[busy, applied]]);
  expect(hasActions(emptyHistory, busy)).toBe(false);
  expect(hasActions(history, busy)).toBe(true);
  const forgotten = { ...busy, actions: forgetDone(busy.actions) };
  expect(forgotten.actions.done).toEqual([]);
  expect(record([[forgotten, applied]], history)).toBe(history);
});

it.each([
  ["history-rewritten", "stalled"],
  ["repository-invalid", "rejected"],
  ["host-write-failed", "rejected"],
] as const)("the history calls %s %s", (code, outcome) => {
  expect(
    outcomesOf(
      record([[inSync, { ...applied, attempt: attemptOf(bad, choosePhaseAfter({ ...failure, code })) }]]),
    ),
  ).toEqual([outcome]);
});

it("the history names the first mistake of a repository", () => {
  const details = ["units/web.service:4: error: no time span", "units/db.service:1: error: no section"];
  const rejection = {
    ...failure,
    code: "repository-invalid",
    message: "revision b is not usable: 2 errors",
    details,
  };
  const [entry] = record([
    [inSync, { ...applied, attempt: attemptOf(bad, choosePhaseAfter(rejection)) }],
  ]).entries;
  expect(entry?.failure?.message).toBe(
    "revision b is not usable: 2 errors: units/web.service:4: error: no time span",
  );
});

it("the history tells that a host is degraded, and that it became well", () => {
  const degraded = {
    ...applied,
    applied: {
      ...applied.applied,
      failedUnits: [{ unit: "web.service", message: "web.service failed", log: [] }],
    },
  };
  const history = record([
    [inSync, degraded],
    [inSync, applied],
  ]);
  expect(outcomesOf(history)).toEqual(["degraded", "applied"]);
  expect(history.entries[0]?.failure?.message).toBe("web.service failed");
});

it("the history forgets the oldest entries", () => {
  const steps = Array.from({ length: maxHistoryEntries + 5 }, (_, index) => {
    const mistake = { ...failure, code: "repository-invalid", message: `${index}` };
    const sync = { ...applied, attempt: attemptOf(bad, { phase: "refused", failure: mistake }) };
    return [inSync, sync] as const;
  });
  const { entries } = steps.reduce(
    (history, [inventory, sync], index) =>
      recordSync(history, inventory, sync, new Date(index).toISOString()),
    emptyHistory,
  );
  expect(entries).toHaveLength(maxHistoryEntries);
  expect(entries.at(-1)?.failure?.message).toBe(`${maxHistoryEntries + 4}`);
});

it("the history tells of a revision that a newer one superseded, with what it had done", () => {
  const superseded = { ...applied, attempt: attemptOf(bad, { phase: "superseded", by: good }) };
  const [entry] = record([[{ ...busy, applying: bad }, superseded]]).entries;
  expect(entry).toMatchObject({ outcome: "superseded", revision: bad, failure: null, actionCount: 1 });
});

it("tells a correction apart from a sync, and writes neither a second time", () => {
  const plan = {
    revision: good,
    refusals: [],
    spared: [],
    explanations: [],
    alongside: [],
    expected: new Set<string>(),
    leaving: [],
    owedHooks: [],
    released: new Map<string, string>(),
    scope: new Set(["web.service"]),
    steps: [
      {
        kind: "delete",
        path: "/etc/systemd/system/web.service.d/x.conf",
        role: "drop-in",
        unit: "web.service",
        because: "drift: it is not in git",
        backup: true,
      },
    ],
  } as const;
  const before = record([[inSync, applied]]);
  const corrected = recordCorrection(before, busy, { plan, failedUnits: [] }, at);
  expect(corrected.entries.at(-1)).toMatchObject({
    outcome: "corrected",
    revision: good,
    actions: [
      { unit: "web.service", action: "removed" },
      { unit: "web.service", action: "restarted", because: "Nice= changed" },
    ],
  });
  expect(hasActions(corrected, busy)).toBe(true);
  expect(recordSync(corrected, busy, applied, at)).toBe(corrected);
  expect(recordCorrection(before, inSync, { plan: { ...plan, steps: [] }, failedUnits: [] }, at)).toBe(
    before,
  );
});
