/** Which differences are put back after a look, and when nothing is. */
import { describe, expect, it, test } from "vitest";
import type { Phase } from "../../../../src/core/model/attempt.ts";
import type { DriftRecord } from "../../../../src/core/model/drift.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import { emptySyncRecord } from "../../../../src/core/model/sync-record.ts";
import { listDue, markStalled, mayCorrect } from "../../../../src/core/record/due-corrections.ts";
import { attemptOf } from "../../../support/values/attempt-fixture.ts";
import { revision } from "../../../support/values/status-fixture.ts";
import { toldSince } from "../../../support/values/told-drift.ts";

const at = "2026-11-20T08:00:00Z";
const nowMs = Date.parse(at);
const failure = { code: "unhealthy", message: "m", hint: null, details: [], since: at };

function record(changes: Partial<DriftRecord>): DriftRecord {
  const seen = {
    key: "stopped a.service",
    kind: "stopped",
    unit: "a.service",
    path: null,
    message: "m",
  } as const;
  return { ...seen, ...toldSince(at), policy: "correct", ...changes };
}

const namesDue = (drift: readonly DriftRecord[], wish: readonly string[] | "all" = [], times = {}) =>
  listDue({ drift, corrections: times }, wish, nowMs).map(({ key }) => key);

describe("what is put back", () => {
  it("is what the policy says, once it is told", () => {
    const drift = [
      record({ key: "told" }),
      record({ key: "reported", policy: "report" }),
      record({ key: "in its grace", state: "new" }),
      record({ key: "nothing helps", kind: "looping" }),
    ];
    expect(namesDue(drift)).toEqual(["told"]);
  });

  it("is what a person names by unit or path, whatever the policy, the grace and the pauses", () => {
    const drift = [
      record({ key: "unit", policy: "report", state: "new" }),
      record({ key: "path", policy: "report", unit: null, path: "/etc/x", kind: "modified" }),
      record({ key: "other", policy: "report", unit: "b.service" }),
    ];
    const times = { unit: Array.from({ length: 9 }, () => at) };
    expect(namesDue(drift, ["a.service", "/etc/x"], times)).toEqual(["unit", "path"]);
    expect(namesDue(drift, "all")).toEqual(["unit", "path", "other"]);
  });

  it("is not what has stalled, until its pause is over", () => {
    const drift = [record({ path: "/etc/x", kind: "modified" })];
    const times = { "/etc/x": Array.from({ length: 5 }, () => at) };
    expect(namesDue(drift, [], times)).toEqual([]);
    expect(listDue({ drift, corrections: times }, [], nowMs + 300_000)).toHaveLength(1);
  });

  it("has the state stalled while that lasts, and is told again when a person has acted", () => {
    const drift = [record({ path: "/etc/x", kind: "modified" })];
    const corrections = { "/etc/x": Array.from({ length: 5 }, () => at) };
    const stalled = markStalled({ drift, corrections }, nowMs);
    expect(stalled.map(({ state }) => state)).toEqual(["stalled"]);
    expect(markStalled({ drift: stalled, corrections: {} }, nowMs).map(({ state }) => state)).toEqual([
      "told",
    ]);
  });
});

describe("nothing is put back", () => {
  const applied = { ...emptyInventory, revision };
  const recordAfter = (phase: Phase) => ({ ...emptySyncRecord, attempt: attemptOf(revision, phase) });

  test.each<[string, Phase]>([
    ["is under way", { phase: "applying" }],
    ["settles", { phase: "settling" }],
    ["waits for a person", { phase: "waiting", for: "person", failure }],
    ["goes back", { phase: "rolling-back", failure, blockedBy: null }],
  ])("while an attempt %s", (_, phase) => {
    expect(mayCorrect(recordAfter(phase), applied)).toBe(false);
  });

  test("before the first sync, on a host that a person has to decide about, and while an apply is unfinished", () => {
    expect(mayCorrect(emptySyncRecord, emptyInventory)).toBe(false);
    expect(mayCorrect({ ...recordAfter({ phase: "applied" }), stall: failure }, applied)).toBe(false);
    expect(mayCorrect(recordAfter({ phase: "applied" }), { ...applied, applying: revision })).toBe(false);
  });

  test.each<[string, Phase]>([
    ["was applied", { phase: "applied" }],
    ["was refused", { phase: "refused", failure }],
    ["was rolled back", { phase: "rolled-back", failure }],
  ])("unless the last revision %s", (_, phase) => {
    expect(mayCorrect(recordAfter(phase), applied)).toBe(true);
  });
});
