/** What the agent remembers while its disk takes nothing. */

import { beforeEach, expect, it } from "vitest";
import { StateMemory } from "../../../src/agent/state-memory.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { emptyHistory, type History } from "../../../src/core/model/history.ts";
import { emptyIntent, type Intent } from "../../../src/core/model/intent.ts";
import type { Inventory } from "../../../src/core/model/inventory.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import { attemptOf } from "../../support/values/attempt-fixture.ts";
import { revision } from "../../support/values/status-fixture.ts";

/** A disk that may be full, wholly or for some files only. */
class Disk {
  inventory: Inventory = emptyInventory;
  record: SyncRecord = emptySyncRecord;
  intent: Intent = emptyIntent;
  history: History = emptyHistory;
  readonly full = new Set<string>();

  write(file: string, keep: () => void): void {
    if (this.full.has(file)) throw new AgentError("state-unwritable", `cannot write ${file}: full`);
    keep();
  }
}

const tried: SyncRecord = { ...emptySyncRecord, attempt: attemptOf(revision) };
let disk: Disk;
let nowMs: number;
let events: AgentEvent[];
let memory: StateMemory;

beforeEach(() => {
  disk = new Disk();
  nowMs = Date.parse("2026-01-01T00:00:00Z");
  events = [];
  memory = new StateMemory({
    state: {
      loadInventory: async () => disk.inventory,
      saveInventory: async (value) => disk.write("inventory", () => (disk.inventory = value)),
      loadIntent: async () => disk.intent,
      saveIntent: async (value) => disk.write("intent", () => (disk.intent = value)),
      loadSyncRecord: async () => disk.record,
      saveSyncRecord: async (value) => disk.write("sync", () => (disk.record = value)),
    },
    history: {
      load: async () => disk.history,
      save: async (value) => disk.write("history", () => (disk.history = value)),
    },
    events: { emit: (event) => events.push(event) },
    clock: { now: () => nowMs, sleep: async () => undefined },
  });
});

const unwritable = { code: "state-unwritable" };

it("the state in memory gives back what could not be written, and tells the writer that it failed", async () => {
  disk.full.add("sync");
  await expect(memory.state.saveSyncRecord(tried)).rejects.toMatchObject(unwritable);
  expect(await memory.state.loadSyncRecord()).toEqual(tried);
  expect(disk.record).toEqual(emptySyncRecord);
});

it("the state in memory keeps the history likewise", async () => {
  disk.full.add("history");
  const longer: History = { version: 1, entries: [] };
  await expect(memory.history.save(longer)).rejects.toMatchObject(unwritable);
  expect(await memory.history.load()).toBe(longer);
});

it("the state in memory does not take an inventory for applied that is not on disk", async () => {
  disk.full.add("inventory");
  const claimed = { ...emptyInventory, applying: revision };
  await expect(memory.state.saveInventory(claimed)).rejects.toMatchObject(unwritable);
  expect(await memory.state.loadInventory()).toEqual(emptyInventory);
});

it("the state in memory says since when the state cannot be written, once, and once when it can again", async () => {
  disk.full.add("inventory").add("sync");
  await memory.state.saveInventory(emptyInventory).catch(() => undefined);
  nowMs += 60_000;
  await memory.state.saveSyncRecord(tried).catch(() => undefined);
  await memory.beginRound();
  expect(memory.failure).toMatchObject({
    message: "cannot write inventory: full",
    since: "2026-01-01T00:00:00.000Z",
  });
  disk.full.clear();
  await memory.beginRound();
  expect(memory.failure).toBeNull();
  expect(events.map(({ type }) => type)).toEqual(["state.failed", "state.recovered"]);
});

it("the state in memory writes what it has kept as soon as the disk takes it, and reads the disk again from then on", async () => {
  disk.full.add("sync").add("history");
  const longer: History = { version: 1, entries: [] };
  await memory.state.saveSyncRecord(tried).catch(() => undefined);
  await memory.history.save(longer).catch(() => undefined);
  disk.full.clear();
  await memory.beginRound();
  expect(disk.record).toEqual(tried);
  expect(disk.history).toBe(longer);
  disk.record = emptySyncRecord;
  expect(await memory.state.loadSyncRecord()).toEqual(emptySyncRecord);
});

it("the state in memory does not call the state written while one of its files is not", async () => {
  disk.full.add("inventory");
  await memory.state.saveInventory({ ...emptyInventory, applying: revision }).catch(() => undefined);
  await memory.state.saveSyncRecord(tried);
  await memory.beginRound();
  expect(memory.failure).not.toBeNull();
  disk.full.clear();
  await memory.beginRound();
  expect(memory.failure).toBeNull();
  expect(disk.inventory).toEqual(emptyInventory);
});

it("the state in memory reads each file once a round, also after it was written, and sees at the next what became of it on disk", async () => {
  const first = await memory.state.loadInventory();
  disk.inventory = { ...emptyInventory, host: "h1" };
  expect(await memory.state.loadInventory()).toBe(first);
  await memory.state.saveInventory(first);
  disk.inventory = { ...emptyInventory, host: "h2" };
  expect(await memory.state.loadInventory()).toBe(first);
  await memory.beginRound();
  expect(await memory.state.loadInventory()).toBe(disk.inventory);
});
