/** What an earlier version wrote is read, and what it could not know has a value that changes nothing. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import { emptySyncRecord } from "../../../src/core/model/sync-record.ts";
import { StateStore } from "../../../src/host/state-store.ts";

let directory: string;
let store: StateStore;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "state-"));
  const warn = ({ message }: { readonly message: string }) => {
    throw new Error(message);
  };
  store = new StateStore({ stateDirectory: directory, warn, now: Date.now });
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Takes a key out of a state file, which an earlier version did not write. */
async function forget(file: string, key: string): Promise<void> {
  const { [key]: _, ...rest } = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  await writeFile(file, JSON.stringify(rest));
}

test("an inventory without a host's name belongs to none", async () => {
  await store.saveInventory({ ...emptyInventory, host: "media", adoptable: ["/etc/x"] });
  await forget(store.inventoryPath, "host");
  expect(await store.loadInventory()).toEqual({ ...emptyInventory, host: null, adoptable: ["/etc/x"] });
});

test("a record without a stall has none", async () => {
  await store.saveSyncRecord({ ...emptySyncRecord, warnings: ["w"] });
  await forget(store.syncRecordPath, "stall");
  expect(await store.loadSyncRecord()).toEqual({ ...emptySyncRecord, stall: null, warnings: ["w"] });
});
