/** The look at the units at the end of each round: what it reads, and what it says. */
import { beforeEach, expect, it } from "vitest";
import { UnitWatch } from "../../../src/agent/unit-watch.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import type { UnitStatus } from "../../../src/core/model/unit-status.ts";
import {
  expectedUnit,
  runningService,
  runningUnit,
  secondUs,
  startedUs,
} from "../../support/values/unit-status-fixture.ts";

let units: Map<string, UnitStatus>;
let hints: ReadonlySet<string> | null;
let restarted: readonly string[] | null;
let failure: AgentError | null;
let reads: string[];
let journalReads: number;
let events: AgentEvent[];
let record: SyncRecord;
let watch: UnitWatch;

beforeEach(() => {
  units = new Map([
    ["a.service", { ...runningUnit, name: "a.service" }],
    ["b.service", { ...runningUnit, name: "b.service" }],
  ]);
  hints = null;
  restarted = [];
  failure = null;
  reads = [];
  journalReads = 0;
  events = [];
  record = emptySyncRecord;
  watch = openWatch();
});

function openWatch(): UnitWatch {
  const inventory = { ...emptyInventory, units: { "a.service": expectedUnit, "b.service": expectedUnit } };
  return new UnitWatch({
    state: { loadInventory: async () => inventory },
    events: { emit: (event: AgentEvent) => void events.push(event) },
    clock: { now: () => (startedUs + 60 * secondUs) / 1000 },
    manager: {
      takeHints: async () => hints,
      glance: async () => {
        if (failure !== null) throw failure;
        return units;
      },
      listRestarted: async () => {
        journalReads += 1;
        return restarted;
      },
      readStatus: async (names: readonly string[]) => {
        reads.push(...names);
        return new Map([...units].filter(([name]) => names.includes(name)));
      },
    },
  } as unknown as ConstructorParameters<typeof UnitWatch>[0]);
}

async function look(): Promise<void> {
  reads = [];
  journalReads = 0;
  events = [];
  record = { ...record, ...(await watch.look(record)) };
  hints = new Set();
}

const down: Partial<UnitStatus> = {
  activeState: "inactive",
  subState: "dead",
  invocationId: null,
  activeExitUs: startedUs + secondUs,
  inactiveEnterUs: startedUs + 2 * secondUs,
};

function change(name: string, changes: Partial<UnitStatus>): void {
  units.set(name, { ...runningUnit, name, ...changes });
}

function told(): readonly string[] {
  return events.map((event) => `${event.type} ${"finding" in event ? event.finding.unit : ""}`);
}

it("reads no properties and no journal while all is well and nothing had a job", async () => {
  await look();
  await look();
  expect([reads, journalReads, events]).toEqual([[], 0, []]);
});

it("tells once that a unit was stopped, and once that it is over, also across a restart of the agent", async () => {
  await look();
  change("a.service", down);
  await look();
  expect(told()).toEqual(["unit.worsened a.service"]);
  expect(record.findings).toMatchObject([{ unit: "a.service", word: "stopped" }]);
  await look();
  expect(told()).toEqual([]);
  watch = openWatch();
  hints = null;
  await look();
  expect(told()).toEqual([]);
  change("a.service", {});
  await look();
  expect(told()).toEqual(["unit.recovered a.service"]);
  expect(record.findings).toEqual([]);
});

it("reads a unit that is well though idle only once, and again after a job of it", async () => {
  change("a.service", { ...down, unmet: "condition" });
  await look();
  expect(reads).toEqual(["a.service"]);
  await look();
  expect(reads).toEqual([]);
  hints = new Set(["a.service"]);
  await look();
  expect(reads).toEqual(["a.service"]);
});

it("finds a service that systemd restarted by the end of its job, and by the journal at the start", async () => {
  const restarts = [{ atUs: startedUs, result: "watchdog", exit: null }];
  change("a.service", { service: { ...runningService, nRestarts: 1, restarts } });
  restarted = ["a.service", "foreign.service"];
  await look();
  expect(record.findings).toMatchObject([{ unit: "a.service", word: "crashed" }]);
  record = emptySyncRecord;
  await look();
  expect(record.findings).toEqual([]);
  hints = new Set(["a.service"]);
  await look();
  expect(told()).toEqual(["unit.worsened a.service"]);
});

it("reads all services that had a job, or all at the start, where the journal cannot be read", async () => {
  restarted = null;
  await look();
  expect(reads).toEqual(["a.service", "b.service"]);
  hints = new Set(["b.service"]);
  await look();
  expect(reads).toEqual(["b.service"]);
});

it("does not repeat what the sync has told of a unit, but tells that it is over, and the next time", async () => {
  const failedUnits = [{ unit: "a.service", message: "a.service failed", log: [] }];
  record = { ...record, applied: { ...record.applied, failedUnits } };
  change("a.service", { activeState: "failed", subState: "failed", result: "exit-code" });
  await look();
  expect(told()).toEqual([]);
  change("a.service", {});
  await look();
  expect(told()).toEqual(["unit.recovered a.service"]);
  change("a.service", { activeState: "failed", subState: "failed", result: "exit-code" });
  await look();
  expect(told()).toEqual(["unit.worsened a.service"]);
});

it("says once that systemd does not answer, keeps what it knew, and looks at everything after that", async () => {
  change("a.service", down);
  await look();
  const { findings } = record;
  failure = new AgentError("systemd-unreachable", "systemd cannot be reached");
  await look();
  expect(events.map(({ type }) => type)).toEqual(["agent.warned"]);
  expect(record).toMatchObject({ findings, lookFailure: { code: "systemd-unreachable" } });
  await look();
  expect(events).toEqual([]);
  failure = null;
  await look();
  expect(record.lookFailure).toBeNull();
  expect(journalReads).toBe(1);
});
