/** Looks at parts of a host against one look at all of it: whatever happened there, they find the same. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { HostLook, type LookPorts } from "../../../src/agent/look.ts";
import type { DriftRecord, LookScope } from "../../../src/core/model/drift.ts";
import { type AppliedFile, emptyInventory, type Inventory } from "../../../src/core/model/inventory.ts";
import type { LoadedUnit, ObservedFile } from "../../../src/core/model/observed.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import type { UnitStatus } from "../../../src/core/model/unit-status.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";
import { layout, unitDirectory } from "../../support/values/scenario.ts";
import { driftSettings } from "../../support/values/told-drift.ts";
import { expectedUnit, runningUnit, secondUs, startedUs } from "../../support/values/unit-status-fixture.ts";

const names = ["a.service", "app-b.service", "w@one.service"] as const;
const ownFile = (unit: string): AppliedFile => ({
  role: "fragment",
  unit,
  origin: `units/${unit}`,
  kind: "file",
  content: "git",
  mode: 0o644,
});
const fragments = ["a.service", "app-b.service", "w@.service"];
const inventory: Inventory = {
  ...emptyInventory,
  units: Object.fromEntries([...names, "w@.service"].map((name) => [name, expectedUnit])),
  files: {
    ...Object.fromEntries(fragments.map((unit) => [`${unitDirectory}/${unit}`, ownFile(unit)])),
    "/etc/app.conf": { ...ownFile(""), role: "file", unit: null },
  },
};
const foreignPaths = [
  `${unitDirectory}/a.service.d/x.conf`,
  `${unitDirectory}/w@.service.d/x.conf`,
  "/run/systemd/system/app-.service.d/x.conf",
  `${unitDirectory}/basic.target.wants/a.service`,
  "/run/systemd/system/app-b.service",
];

const asGit: ObservedFile = {
  kind: "file",
  digest: "git",
  mode: 0o644,
  owner: layout.owner,
  group: layout.group,
};
const states: Readonly<Record<string, Partial<UnitStatus>>> = {
  runs: {},
  stopped: {
    activeState: "inactive",
    subState: "dead",
    invocationId: null,
    activeExitUs: startedUs + secondUs,
    inactiveEnterUs: startedUs + 2 * secondUs,
  },
  failed: { activeState: "failed", subState: "failed", result: "exit-code", invocationId: null },
};

/** What can happen to the host. */
type Act =
  | { readonly what: "file"; readonly path: string; readonly found: ObservedFile }
  | { readonly what: "foreign"; readonly path: string; readonly isThere: boolean }
  | { readonly what: "unit"; readonly unit: string; readonly state: string }
  | { readonly what: "loaded"; readonly unit: string; readonly isOld: boolean };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    what: fc.constant("file" as const),
    path: fc.constantFrom(...Object.keys(inventory.files)),
    found: fc.constantFrom<ObservedFile>(
      asGit,
      { kind: "absent" },
      { ...asGit, digest: "hand" },
      {
        ...asGit,
        mode: 0o600,
      },
    ),
  }),
  fc.record({
    what: fc.constant("foreign" as const),
    path: fc.constantFrom(...foreignPaths),
    isThere: fc.boolean(),
  }),
  fc.record({
    what: fc.constant("unit" as const),
    unit: fc.constantFrom(...names),
    state: fc.constantFrom(...Object.keys(states)),
  }),
  fc.record({
    what: fc.constant("loaded" as const),
    unit: fc.constantFrom(...names),
    isOld: fc.boolean(),
  }),
);

class Host {
  readonly files = new Map<string, ObservedFile>();
  readonly units = new Map<string, UnitStatus>(names.map((name) => [name, { ...runningUnit, name }]));
  readonly old = new Set<string>();
  #jobs = new Set<string>();

  constructor() {
    for (const path of Object.keys(inventory.files)) this.files.set(path, asGit);
  }

  do(done: Act): LookScope {
    const scopeOf = (units: readonly string[], paths: readonly string[] = []): LookScope => ({
      units: new Set(units),
      paths: new Set(paths),
    });
    if (done.what === "file") {
      this.files.set(done.path, done.found);
      return scopeOf([], [done.path]);
    }
    if (done.what === "foreign") {
      const found: ObservedFile = done.path.endsWith(".service")
        ? { kind: "link", linkTarget: "/dev/null" }
        : asGit;
      if (done.isThere) this.files.set(done.path, found);
      else this.files.delete(done.path);
      return scopeOf([], [done.path]);
    }
    if (done.what === "unit") {
      this.units.set(done.unit, { ...runningUnit, name: done.unit, ...states[done.state] });
      this.#jobs.add(done.unit);
    } else if (done.isOld) this.old.add(done.unit);
    else this.old.delete(done.unit);
    return scopeOf([done.unit]);
  }

  open(isFresh: boolean): HostLook {
    const pick = <Value>(from: ReadonlyMap<string, Value>, asked: readonly string[]) =>
      new Map([...from].filter(([name]) => asked.includes(name)));
    const loaded = (unit: string): LoadedUnit => ({
      loadState: "loaded",
      fragmentPath: `${unitDirectory}/${unit.replace("@one", "@")}`,
      dropInPaths: [],
      needDaemonReload: this.old.has(unit),
    });
    const ports = {
      layout,
      events: { emit: () => undefined },
      clock: { now: () => (startedUs + 60 * secondUs) / 1000 },
      state: { loadInventory: async () => inventory, saveInventory: async () => undefined },
      files: {
        observe: async (paths: readonly string[]) =>
          new Map(paths.map((path) => [path, this.files.get(path) ?? { kind: "absent" }])),
        list: async (directory: string) => {
          const below = [...this.files].flatMap(([path, { kind }]) =>
            kind !== "absent" && path.startsWith(`${directory}/`) ? [path.slice(directory.length + 1)] : [],
          );
          return [...new Set(below.map((rest) => rest.split("/")[0] ?? ""))].sort();
        },
      },
      credentials: { findAltered: async () => new Map() },
      manager: {
        takeHints: async () => {
          const jobs = isFresh ? null : this.#jobs;
          if (!isFresh) this.#jobs = new Set();
          return jobs;
        },
        takeReload: () => isFresh,
        glance: async () => this.units,
        listRestarted: async () => [],
        readStatus: async (asked: readonly string[]) => pick(this.units, asked),
        readUnits: async () => new Map(),
        readLoaded: async (asked: readonly string[]) => new Map(asked.map((name) => [name, loaded(name)])),
      },
    };
    return new HostLook(ports as unknown as LookPorts, driftSettings);
  }
}

async function lookAt(look: HostLook, scope: LookScope, record: SyncRecord): Promise<SyncRecord> {
  return { ...record, ...(await look.look(scope, record)) };
}

function describeAll(drift: readonly DriftRecord[]): readonly string[] {
  return drift.map(({ key, message }) => `${key}: ${message}`);
}

it("a look at what each change names leaves the same records as a look at everything by a new agent", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
      const host = new Host();
      const look = host.open(false);
      let record = await lookAt(look, "all", emptySyncRecord);
      for (const done of acts) record = await lookAt(look, host.do(done), record);
      const whole = await lookAt(host.open(true), "all", { ...emptySyncRecord, vendorDropIns: [] });
      expect(describeAll(record.drift)).toEqual(describeAll(whole.drift));
      const again = await lookAt(look, "all", record);
      expect(describeAll(again.drift)).toEqual(describeAll(whole.drift));
    }),
    propertyRuns(800),
  );
});
