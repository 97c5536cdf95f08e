/** What an earlier version wrote is read, and what it could not know has a value that changes nothing. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Phase, PhaseName } from "../../../src/core/model/attempt.ts";
import { emptyIntent } from "../../../src/core/model/intent.ts";
import { emptyInventory, type Inventory } from "../../../src/core/model/inventory.ts";
import { reportEverything } from "../../../src/core/model/rules.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import { StateStore } from "../../../src/host/state-store.ts";
import { attemptOf } from "../../support/values/attempt-fixture.ts";
import { revision } from "../../support/values/status-fixture.ts";
import { toldSince } from "../../support/values/told-drift.ts";

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
  await store.saveInventory({ ...emptyInventory, host: "media" });
  await forget(store.inventoryPath, "host");
  expect(await store.loadInventory()).toEqual({ ...emptyInventory, host: null });
});

test("an inventory without rules for drift has all drift reported", async () => {
  await store.saveInventory(emptyInventory);
  await forget(store.inventoryPath, "driftRules");
  expect((await store.loadInventory()).driftRules).toEqual(reportEverything);
});

/** A record as version 0.1.0 wrote it, of a revision that was applied and works. */
const earlier = {
  version: 1,
  polledAt: "2026-11-20T08:30:00Z",
  fetchFailure: null,
  attempted: revision,
  attemptedSigner: "alice@example.org",
  rejection: null,
  returnFailure: null,
  signedBy: "bob@example.org",
  failedUnits: [],
  warnings: ["w"],
  lastActions: { "web.service": { action: "restarted", because: "b", at: "2026-11-20T08:30:00Z" } },
  drift: [],
};
const failure = { code: "unhealthy", message: "m", hint: null, details: [], since: "2026-11-20T08:30:00Z" };
const other = { ...revision, commit: "b".repeat(40) };

async function upgrade(record: object, inventory: Partial<Inventory>): Promise<SyncRecord> {
  await store.saveInventory({ ...emptyInventory, ...inventory });
  await writeFile(store.syncRecordPath, JSON.stringify({ ...earlier, ...record }));
  return store.loadSyncRecord();
}

test("an earlier record keeps what it said, and its attempt gets the phase that the inventory tells", async () => {
  const record = await upgrade({}, { revision });
  expect(record).toMatchObject({
    version: 2,
    polledAt: earlier.polledAt,
    stall: null,
    attempt: { revision, signedBy: "alice@example.org", phase: "applied" },
    applied: { signedBy: "bob@example.org", failedUnits: [], warnings: ["w"] },
    lastActions: earlier.lastActions,
    drift: [],
  });
});

const findings = [
  { unit: "web.service", word: "stopped", message: "was stopped", degrades: true, since: earlier.polledAt },
];
const asDrift = {
  key: "stopped web.service",
  kind: "stopped",
  unit: "web.service",
  path: null,
  message: "web.service was stopped",
  ...toldSince(earlier.polledAt),
};

test("what an earlier record kept of units that were not well is drift that was told, in both versions", async () => {
  expect((await upgrade({ findings }, { revision })).drift).toEqual([asDrift]);
  await writeFile(store.syncRecordPath, JSON.stringify({ ...emptySyncRecord, findings }));
  expect(await store.loadSyncRecord()).toEqual({ ...emptySyncRecord, drift: [asDrift] });
});

test.each<[string, object, Partial<Inventory>]>([
  ["degraded", { failedUnits: [{ unit: "a.service", message: "m", log: [] }] }, { revision }],
  ["applying", {}, { applying: revision }],
  ["fetched", {}, { revision: other }],
  ["rolled-back", { rejection: failure }, { revision: other }],
  ["rolling-back", { rejection: failure }, { revision: other, applying: revision }],
  ["waiting", { rejection: { ...failure, code: "history-rewritten" } }, { revision: other }],
  ["blocked", { rejection: { ...failure, code: "systemd-unreachable" } }, { revision: other }],
  ["refused", { rejection: { ...failure, code: "repository-invalid" } }, { revision: other }],
])("an earlier record can tell of an attempt that is %s", async (phase, record, inventory) => {
  expect((await upgrade(record, inventory)).attempt).toMatchObject({ revision, phase });
});

test("every phase of an attempt is read as it was written", async () => {
  const phases: Readonly<{ [Name in PhaseName]: Phase }> = {
    fetched: { phase: "fetched" },
    applying: { phase: "applying" },
    settling: { phase: "settling" },
    applied: { phase: "applied" },
    degraded: { phase: "degraded" },
    refused: { phase: "refused", failure },
    blocked: { phase: "blocked", failure },
    waiting: { phase: "waiting", for: "person", failure },
    superseded: { phase: "superseded", by: other },
    "rolling-back": { phase: "rolling-back", failure, blockedBy: failure },
    "rolled-back": { phase: "rolled-back", failure },
  };
  for (const phase of Object.values(phases)) {
    const record = { ...emptySyncRecord, attempt: attemptOf(revision, phase) };
    await store.saveSyncRecord(record);
    expect(await store.loadSyncRecord()).toEqual(record);
  }
});

test("what an earlier inventory allowed to take over is a part of the intent, until that is written", async () => {
  await store.saveInventory(emptyInventory);
  const inventory = JSON.parse(await readFile(store.inventoryPath, "utf8")) as object;
  await writeFile(store.inventoryPath, JSON.stringify({ ...inventory, adoptable: ["/etc/x"] }));
  expect(await store.loadIntent()).toEqual({ ...emptyIntent, adopt: ["/etc/x"] });
  await store.saveIntent(emptyIntent);
  expect(await store.loadIntent()).toEqual(emptyIntent);
});
