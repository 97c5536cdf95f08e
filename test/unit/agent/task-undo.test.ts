/** What a round does about a revision that was rejected and is not yet undone. */
import { expect, it } from "vitest";
import { chooseTask } from "../../../src/agent/task.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";

function revisionOf(digit: string): Revision {
  const at = "2026-01-01T00:00:00Z";
  return { branch: "main", commit: digit.repeat(40), subject: digit, author: "Alice", committedAt: at };
}

const good = revisionOf("a");
const bad = revisionOf("b");
const record: SyncRecord = {
  ...emptySyncRecord,
  attempted: bad,
  rejection: { code: "unhealthy", message: "web.service failed", hint: null, details: [], since: "" },
};
const start = { trigger: "start", modes: [], adopt: [] } as const;
const poll = { ...start, trigger: "poll" } as const;
const rollBack = { kind: "roll-back", from: bad, to: good };

it.each([
  ["nothing of the way back was done", bad],
  ["the way back was cut off", good],
])("goes back, with or without the repository, when %s", (_, applying) => {
  const inventory = { ...emptyInventory, revision: good, applying };
  expect(chooseTask({ round: start, tip: bad, inventory, record })).toEqual(rollBack);
  expect(chooseTask({ round: start, tip: null, inventory, record })).toEqual(rollBack);
  expect(chooseTask({ round: poll, tip: null, inventory, record })).toEqual(rollBack);
});

it("leaves it alone once it is undone", () => {
  const inventory = { ...emptyInventory, revision: good };
  expect(chooseTask({ round: start, tip: bad, inventory, record })).toEqual({ kind: "none" });
  expect(chooseTask({ round: poll, tip: null, inventory, record })).toEqual({ kind: "none" });
});
