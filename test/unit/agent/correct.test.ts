/** Corrections over many looks: what is tried, how often, and what is reported. What a correction does is another test's. */
import { beforeEach, expect, it } from "vitest";
import { lookAndCorrect } from "../../../src/agent/correct.ts";
import type { PrepareSettings } from "../../../src/agent/prepare.ts";
import { noMeter } from "../../../src/agent/round-meter.ts";
import type { SyncPorts } from "../../../src/agent/sync.ts";
import type { CorrectedDrift } from "../../../src/core/model/correction.ts";
import type { DriftRecord } from "../../../src/core/model/drift.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { emptyIntent, type Intent } from "../../../src/core/model/intent.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import type { Wish } from "../../../src/core/record/due-corrections.ts";
import { attemptOf } from "../../support/values/attempt-fixture.ts";
import { revision } from "../../support/values/status-fixture.ts";
import { toldSince } from "../../support/values/told-drift.ts";

const at = "2026-11-20T08:00:00Z";
const settings = { host: "h1" } as PrepareSettings;
const seen: DriftRecord = {
  key: "modified /etc/x",
  kind: "modified",
  unit: null,
  path: "/etc/x",
  message: "/etc/x was edited on the host",
  ...toldSince(at),
  policy: "correct",
};

let nowMs = 0;
let record: SyncRecord;
let events: AgentEvent[] = [];
let tries = 0;
let saved: SyncRecord[] = [];
let intent: Intent = emptyIntent;

beforeEach(() => {
  nowMs = Date.parse(at);
  record = { ...emptySyncRecord, attempt: attemptOf(revision, { phase: "applied" }), drift: [seen] };
  events = [];
  tries = 0;
  saved = [];
  intent = emptyIntent;
});

const ports = {
  clock: { now: () => nowMs },
  events: { emit: (event: AgentEvent) => events.push(event) },
  meter: noMeter,
  source: {
    readSnapshot: async () => {
      tries += 1;
      throw new AgentError("clone-damaged", "the clone is damaged");
    },
  },
  state: {
    loadInventory: async () => ({ ...emptyInventory, host: "h1", revision }),
    loadIntent: async () => intent,
    saveSyncRecord: async (one: SyncRecord) => saved.push(one),
  },
} as unknown as SyncPorts;

/** A look that finds the difference still there, or not, and the correction after it, which fails. */
async function round(
  wish: Wish = [],
  found: readonly DriftRecord[] = record.drift,
): Promise<readonly CorrectedDrift[]> {
  const look = async (before: SyncRecord) => ({ ...before, drift: found });
  const looks = { look, lookAgain: async (before: SyncRecord) => before };
  const done = await lookAndCorrect(ports, settings, looks, { record, wish }, new AbortController().signal);
  record = done.record;
  nowMs += 1000;
  return done.corrected;
}

const count = (type: AgentEvent["type"]) => events.filter((event) => event.type === type).length;

it("a correction is counted before it is made, and one that fails is reported and does not end the round", async () => {
  expect(await round()).toEqual([
    { key: seen.key, kind: "modified", unit: null, path: "/etc/x", isGone: false },
  ]);
  expect(saved).toMatchObject([{ corrections: { "/etc/x": [new Date(Date.parse(at)).toISOString()] } }]);
  expect(count("agent.warned")).toBe(1);
});

it("after five in five minutes it has stalled, which is told once, and is tried again only after a pause", async () => {
  for (let rounds = 0; rounds < 20; rounds += 1) await round();
  expect(tries).toBe(5);
  expect(record.drift).toMatchObject([{ state: "stalled" }]);
  expect(count("drift.stalled")).toBe(1);
  nowMs += 300_000;
  for (let rounds = 0; rounds < 20; rounds += 1) await round();
  expect(tries).toBe(6);
  expect(count("drift.stalled")).toBe(1);
});

it("a person who asks has it tried at once, and begins the count anew", async () => {
  for (let rounds = 0; rounds < 20; rounds += 1) await round();
  await round(["/etc/x"]);
  expect(tries).toBe(6);
  expect(record.corrections["/etc/x"]).toHaveLength(1);
});

it("what has stayed as it is in git for five minutes is forgotten", async () => {
  await round();
  await round([], []);
  expect(Object.keys(record.corrections)).toEqual(["/etc/x"]);
  nowMs += 300_000;
  await round([], []);
  expect(record.corrections).toEqual({});
});

it("while the host is suspended a policy puts nothing back, and a person who asks is obeyed", async () => {
  intent = { ...emptyIntent, suspension: { by: "alice", at, because: null, until: null } };
  await round();
  expect(tries).toBe(0);
  await round(["/etc/x"]);
  expect(tries).toBe(1);
});
