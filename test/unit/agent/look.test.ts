/** The look at the host: what it asks systemd, and what it says of the units. */
import { beforeEach, expect, it } from "vitest";
import { HostLook } from "../../../src/agent/look.ts";
import type { DesiredCredential } from "../../../src/core/model/desired.ts";
import type { LookScope } from "../../../src/core/model/drift.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { emptyInventory, type Inventory } from "../../../src/core/model/inventory.ts";
import type { LoadedUnit, ObservedFile } from "../../../src/core/model/observed.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import type { UnitStatus } from "../../../src/core/model/unit-status.ts";
import type { AlteredCredential } from "../../../src/core/ports/secrets.ts";
import { layout } from "../../support/values/scenario.ts";
import { driftSettings } from "../../support/values/told-drift.ts";
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
let hostLook: HostLook;
let nowMs: number;
let credentials: readonly DesiredCredential[];
let altered: ReadonlyMap<string, AlteredCredential> | null;
let isReloaded: boolean;
let loaded: Map<string, LoadedUnit>;
let loadedReads: string[];
let isListed: (name: string) => boolean;
let justFailed: ReadonlySet<string>;
let applied: Pick<Inventory, "files" | "units">;
let files: ReadonlyMap<string, ObservedFile>;

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
  loadedReads = [];
  events = [];
  record = emptySyncRecord;
  nowMs = (startedUs + 60 * secondUs) / 1000;
  justFailed = new Set();
  applied = { files: {}, units: { "a.service": expectedUnit, "b.service": expectedUnit } };
  files = new Map();
  isListed = () => true;
  credentials = [];
  altered = new Map();
  isReloaded = false;
  loaded = new Map();
  loadedReads = [];
  hostLook = openLook();
});

function openLook(): HostLook {
  const ports = {
    layout,
    files: { observe: async () => files, list: async () => [] },
    state: { loadInventory: async () => ({ ...emptyInventory, ...applied, credentials }) },
    credentials: {
      findAltered: async () => {
        if (altered === null) throw new AgentError("state-unreadable", "the key cannot be used");
        return altered;
      },
    },
    events: { emit: (event: AgentEvent) => void events.push(event) },
    clock: { now: () => nowMs },
    manager: {
      readUnits: async () => new Map(),
      takeHints: async () => hints,
      takeReload: () => isReloaded,
      readLoaded: async (names: readonly string[]) => {
        loadedReads.push(...names);
        return new Map([...loaded].filter(([name]) => names.includes(name)));
      },
      glance: async () => {
        if (failure !== null) throw failure;
        return new Map([...units].filter(([name]) => isListed(name)));
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
  };
  return new HostLook(ports as unknown as ConstructorParameters<typeof HostLook>[0], driftSettings);
}

async function look(scope: LookScope = "all"): Promise<void> {
  reads = [];
  journalReads = 0;
  loadedReads = [];
  events = [];
  record = { ...record, ...(await hostLook.look(scope, record, { justFailed, wish: [] })) };
  hints = new Set();
  justFailed = new Set();
}

/** A look, and one after the grace of what runs. */
async function lookTwice(): Promise<void> {
  await look();
  const { length } = events;
  nowMs += driftSettings.graceMs;
  await look();
  expect(length).toBe(0);
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
  return events.map((event) => ("drift" in event ? `${event.type} ${event.drift.key}` : event.type));
}

it("reads no properties and no journal while all is well and nothing had a job", async () => {
  await look();
  await look();
  expect([reads, journalReads, events]).toEqual([[], 0, []]);
});

it("tells once that a unit was stopped, and once that it is over, also across a restart of the agent", async () => {
  await look();
  change("a.service", down);
  await lookTwice();
  expect(told()).toEqual(["drift.detected stopped a.service"]);
  expect(record.drift).toMatchObject([{ unit: "a.service", kind: "stopped", state: "told" }]);
  await look();
  expect(told()).toEqual([]);
  hostLook = openLook();
  hints = null;
  await look();
  expect(told()).toEqual([]);
  change("a.service", {});
  await look();
  expect(told()).toEqual(["drift.resolved stopped a.service"]);
  expect(record.drift).toEqual([]);
});

it("says nothing of a unit that was down for less than the grace", async () => {
  change("a.service", down);
  await look();
  expect(record.drift).toMatchObject([{ state: "new" }]);
  change("a.service", {});
  nowMs += driftSettings.graceMs;
  await look();
  expect([told(), record.drift]).toEqual([[], []]);
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

it("reads a stopped unit that systemd does not have in memory only once, since each question loads it", async () => {
  change("a.service", down);
  isListed = (name) => name !== "a.service";
  await look();
  expect(reads).toEqual(["a.service"]);
  await look();
  await look({ units: new Set(["a.service"]), paths: new Set() });
  expect(reads).toEqual([]);
  expect(record.drift).toMatchObject([{ kind: "stopped" }]);
  hints = new Set(["a.service"]);
  await look({ units: new Set(["a.service"]), paths: new Set() });
  expect(reads).toEqual(["a.service"]);
});

it("judges only what the scope names, and keeps what is known of everything else", async () => {
  change("a.service", down);
  change("b.service", down);
  await look({ units: new Set(["a.service"]), paths: new Set() });
  expect(record.drift.map(({ unit }) => unit)).toEqual(["a.service"]);
  await look({ units: new Set(["b.service"]), paths: new Set() });
  change("a.service", {});
  change("b.service", {});
  await look({ units: new Set(["b.service"]), paths: new Set() });
  expect(record.drift.map(({ unit }) => unit)).toEqual(["a.service"]);
});

it("finds a service that systemd restarted by the end of its job, and by the journal at the start", async () => {
  const restarts = [{ atUs: startedUs, result: "watchdog", exit: null }];
  change("a.service", { service: { ...runningService, nRestarts: 1, restarts } });
  restarted = ["a.service", "foreign.service"];
  await look();
  expect(record.drift).toMatchObject([{ unit: "a.service", kind: "crashed" }]);
  record = emptySyncRecord;
  await look();
  expect(record.drift).toEqual([]);
  hints = new Set(["a.service"]);
  await lookTwice();
  expect(told()).toEqual(["drift.detected crashed a.service"]);
});

it("reads all services that had a job, or all at the start, where the journal cannot be read", async () => {
  restarted = null;
  await look();
  expect(reads).toEqual(["a.service", "b.service"]);
  hints = new Set(["b.service"]);
  await look();
  expect(reads).toEqual(["b.service"]);
});

it("asks about loaded files of all units at first, after a reload and once an hour, else of those that differ", async () => {
  const asLoaded = { loadState: "loaded", fragmentPath: null, dropInPaths: [], needDaemonReload: false };
  const both = ["a.service", "b.service"];
  await look();
  expect(loadedReads).toEqual(both);
  await look();
  expect(loadedReads).toEqual([]);
  loaded = new Map([["a.service", { ...asLoaded, needDaemonReload: true }]]);
  isReloaded = true;
  await look();
  expect(loadedReads).toEqual(both);
  expect(record.drift).toMatchObject([{ kind: "needs-reload", unit: "a.service" }]);
  isReloaded = false;
  await look();
  expect(loadedReads).toEqual(["a.service"]);
  loaded = new Map([["a.service", asLoaded]]);
  await look({ units: new Set(["a.service"]), paths: new Set() });
  expect([loadedReads, record.drift]).toEqual([["a.service"], []]);
  nowMs += 3_600_000;
  await look();
  expect(loadedReads).toEqual(both);
});

it("tells of secrets that are gone or altered by unit and place, and keeps what it knew while it cannot judge", async () => {
  const credential = { unit: "a.service", name: "token", origin: "o", digest: "d", cacheKey: "k" } as const;
  credentials = [{ ...credential, delivery: "credential" }];
  altered = new Map([["a.service/token", "modified"]]);
  await look();
  const path = `${layout.credentialsPath}/a.service/token`;
  expect(told()).toEqual([`drift.detected credential-modified ${path}`]);
  await look({ units: new Set(["b.service"]), paths: new Set() });
  expect(record.drift).toMatchObject([{ unit: "a.service", path }]);
  altered = null;
  await look();
  expect(record.drift).toHaveLength(1);
  altered = new Map();
  await look({ units: new Set(["a.service"]), paths: new Set() });
  expect(told()).toEqual([`drift.resolved credential-modified ${path}`]);
});

it("does not repeat what the sync has told of a unit, but tells that it is over, and the next time", async () => {
  const failedUnits = [{ unit: "a.service", message: "a.service failed", log: [] }];
  record = { ...record, applied: { ...record.applied, failedUnits } };
  justFailed = new Set(["a.service"]);
  change("a.service", { activeState: "failed", subState: "failed", result: "exit-code" });
  await lookTwice();
  expect(told()).toEqual([]);
  change("a.service", { activeState: "failed", subState: "failed", result: "watchdog" });
  await look();
  nowMs += driftSettings.graceMs;
  await look();
  expect(told()).not.toContain("drift.detected watchdog a.service");
  change("a.service", {});
  await look();
  expect(told()).toEqual(["drift.resolved watchdog a.service"]);
  change("a.service", { activeState: "failed", subState: "failed", result: "exit-code" });
  await lookTwice();
  expect(told()).toEqual(["drift.detected failed a.service"]);
});

it("says once that systemd does not answer, keeps what it knew, and looks at everything after that", async () => {
  change("a.service", down);
  await look();
  const { drift } = record;
  failure = new AgentError("systemd-unreachable", "systemd cannot be reached");
  await look();
  expect(events.map(({ type }) => type)).toEqual(["agent.warned"]);
  expect(record).toMatchObject({ drift, lookFailure: { code: "systemd-unreachable" } });
  await look();
  expect(events).toEqual([]);
  failure = null;
  await look({ units: new Set(), paths: new Set(["/etc/app.conf"]) });
  expect(record.lookFailure).not.toBeNull();
  await look();
  expect(record.lookFailure).toBeNull();
  expect(reads).toEqual(["a.service"]);
});

it("a unit that was restarted with an edit is told as soon as the edit is gone, although it looks the same", async () => {
  const path = `${layout.unitDirectory}/a.service`;
  const { invocationId } = runningUnit;
  applied = {
    files: {
      [path]: {
        role: "fragment",
        unit: "a.service",
        origin: "units/a.service",
        kind: "file",
        content: "git",
        mode: 0o644,
      },
    },
    units: { "a.service": { ...expectedUnit, startedWith: "edited", invocationId } },
  };
  const access = { kind: "file", mode: 0o644, owner: layout.owner, group: layout.group } as const;
  files = new Map([[path, { ...access, digest: "edited" }]]);
  await look();
  expect(record.drift.map(({ kind }) => kind)).toEqual(["modified"]);
  files = new Map([[path, { ...access, digest: "git" }]]);
  await look();
  expect(record.drift.map(({ kind }) => kind)).toEqual(["old-definition"]);
});
