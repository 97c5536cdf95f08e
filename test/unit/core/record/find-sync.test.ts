/** Which sync of the past a person means. */
import { describe, expect, it } from "vitest";
import type { History, HistoryEntry } from "../../../../src/core/model/history.ts";
import type { Revision } from "../../../../src/core/model/revision.ts";
import { findApplied, findEarlier, findSync } from "../../../../src/core/record/find-sync.ts";

function revisionOf(commit: string): Revision {
  return { branch: "main", commit, subject: commit, author: "Alice", committedAt: "2026-01-01T00:00:00Z" };
}

const [first, second, bad] = ["aaaa1", "aaaa2", "bbbb3"].map((start) =>
  revisionOf(start.padEnd(40, "0")),
) as [Revision, Revision, Revision];

function entryOf(
  revision: Revision,
  applied: Revision,
  outcome: HistoryEntry["outcome"] = "applied",
): HistoryEntry {
  return {
    at: "2026-01-01T00:00:00Z",
    outcome,
    revision,
    signedBy: null,
    applied,
    failure: null,
    actions: [],
    actionCount: 0,
  };
}

const history: History = {
  version: 1,
  entries: [entryOf(first, first), entryOf(second, second), entryOf(bad, second, "rolled-back")],
};

describe("a sync of the past", () => {
  it("is found by its number, the newest first, and by the beginning of its commit", () => {
    expect(findSync(history, "@1").revision).toBe(bad);
    expect(findSync(history, "@3").revision).toBe(first);
    expect(findSync(history, "aaaa2").revision).toBe(second);
  });

  it.each([
    ["@4", "has no sync @4"],
    ["cccc", "has no sync cccc"],
    ["aaaa", "means several commits"],
    ["aaa", "neither the beginning"],
    ["main", "neither the beginning"],
    ["@0", "neither the beginning"],
  ])("is not found by %s, and the error says why", (name, why) => {
    expect(() => findSync(history, name)).toThrow(why);
  });
});

it("a revision was applied when a sync ended with it, not when it was only tried", () => {
  expect(findApplied(history, second.commit)).toBe(second);
  expect(() => findApplied(history, bad.commit)).toThrow("bbbb300 was never applied on this host");
});

it("the revision before the present one is the last other one that the host had", () => {
  expect(findEarlier(history, second)).toBe(first);
  expect(findEarlier(history, first)).toBe(second);
  expect(findEarlier({ version: 1, entries: [entryOf(first, first)] }, first)).toBeNull();
});
