/** What is on record while a round is still at work. */
import { expect, it } from "vitest";
import { Reconciler } from "../../../src/agent/reconcile.ts";
import { noMeter } from "../../../src/agent/round-meter.ts";
import type { SyncPorts } from "../../../src/agent/sync.ts";
import { emptyIntent } from "../../../src/core/model/intent.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import { driftSettings } from "../../support/values/told-drift.ts";

const at = "2026-01-01T00:00:00Z";
const tip = { branch: "main", commit: "a".repeat(40), subject: "a", author: "Alice", committedAt: at };
const failure = { code: "repository-unreachable", message: "m", hint: null, details: [], since: at };

it("a round says that the repository answers again before it begins with what may take minutes", async () => {
  const saved: SyncRecord[] = [];
  const begun = new Error("the apply has begun");
  const ports = {
    clock: { now: () => Date.parse(at) },
    events: { emit: () => undefined },
    meter: noMeter,
    credentials: { readComplete: async () => null },
    source: {
      fetch: async () => tip,
      verifyHistory: async () => Promise.reject(begun),
      readSnapshot: async () => Promise.reject(begun),
    },
    state: {
      loadInventory: async () => ({ ...emptyInventory, host: "h1" }),
      loadIntent: async () => emptyIntent,
      loadSyncRecord: async () => ({ ...emptySyncRecord, fetchFailure: failure }),
      saveSyncRecord: async (record: SyncRecord) => void saved.push(record),
    },
  } as unknown as SyncPorts;
  const settings = { host: "h1" } as ConstructorParameters<typeof Reconciler>[1];
  const reconciler = new Reconciler(ports, settings, driftSettings);
  const nextHint = async () => "time" as const;
  const round = { cause: "time", modes: [], adopt: [], nextHint, beginFullLook: async () => {} } as const;
  await expect(reconciler.reconcile(round, new AbortController().signal)).rejects.toBe(begun);
  expect(saved).toMatchObject([{ fetchFailure: null, attempt: null }]);
});
