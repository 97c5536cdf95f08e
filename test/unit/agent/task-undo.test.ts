/** What a round does about a revision that was rejected and is not yet undone. */

import { expect, it } from "vitest";
import { chooseTask } from "../../../src/agent/task.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import { attemptOf } from "../../support/values/attempt-fixture.ts";

function revisionOf(digit: string): Revision {
  const at = "2026-01-01T00:00:00Z";
  return { branch: "main", commit: digit.repeat(40), subject: digit, author: "Alice", committedAt: at };
}

const good = revisionOf("a");
const bad = revisionOf("b");
const failure = { code: "unhealthy", message: "web.service failed", hint: null, details: [], since: "" };
const record: SyncRecord = {
  ...emptySyncRecord,
  attempt: attemptOf(bad, { phase: "rolling-back", failure, blockedBy: null }),
};
const undone = { attempt: attemptOf(bad, { phase: "rolled-back", failure }) };
const start = { cause: "start", modes: [] } as const;
const poll = { ...start, cause: "time" } as const;
const rollBack = { kind: "roll-back", to: good };

it.each([
  ["nothing of the way back was done", bad],
  ["the way back was cut off", good],
])("the next task goes back, with or without the repository, when %s", (_, applying) => {
  const inventory = { ...emptyInventory, revision: good, applying };
  expect(chooseTask({ round: start, tip: bad, inventory, record })).toEqual(rollBack);
  expect(chooseTask({ round: start, tip: null, inventory, record })).toEqual(rollBack);
  expect(chooseTask({ round: poll, tip: null, inventory, record })).toEqual(rollBack);
});

it("the next task leaves a bad revision alone once it is undone", () => {
  const inventory = { ...emptyInventory, revision: good };
  expect(chooseTask({ round: start, tip: bad, inventory, record: undone })).toEqual({ kind: "none" });
  expect(chooseTask({ round: poll, tip: null, inventory, record: undone })).toEqual({ kind: "none" });
});
