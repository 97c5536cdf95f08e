/**
 * Looks at the host for drift: files, and what systemd says of the units. Reports what is new, has changed, or is over.
 * Corrects nothing.
 */

import { detectCredentialDrift, placeOfCredential } from "../core/drift/credentials.ts";
import { detectDrift } from "../core/drift/detect-drift.ts";
import { hasStalled } from "../core/drift/flaps.ts";
import { acceptVendorDropIns, detectForeign } from "../core/drift/foreign.ts";
import {
  isEdited,
  listChangedUnits,
  listDriftedUnits,
  listEditedUnits,
  recordEditedStarts,
} from "../core/drift/host-edits.ts";
import { driftKinds } from "../core/drift/kinds.ts";
import { detectLoadedDrift } from "../core/drift/loaded.ts";
import { policyOf } from "../core/drift/policy.ts";
import { type LookPart, selectPart } from "../core/drift/scope.ts";
import type { SeenFiles } from "../core/drift/seen.ts";
import { trackDrift } from "../core/drift/track.ts";
import type { Drift, DriftLayer, DriftSettings, LookScope } from "../core/model/drift.ts";
import { AgentError } from "../core/model/errors.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import type { Clock, EventSink } from "../core/ports/run.ts";
import type { StatePort } from "../core/ports/state.ts";
import { isNamed, type Wish } from "../core/record/due-corrections.ts";
import { isTemplateName } from "../core/units/unit-name.ts";
import { describeFailure, warnOf } from "./failure.ts";
import { FileLook } from "./look-files.ts";
import { LoadedLook } from "./look-loaded.ts";
import { type Glances, UnitLook } from "./look-units.ts";
import { addNeedsReload, type ObservePorts } from "./observe.ts";
import { listStatusUnits } from "./status.ts";

export interface LookPorts extends ObservePorts {
  readonly state: StatePort;
  readonly events: EventSink;
  readonly clock: Clock;
}

const unasked = { justFailed: new Set<string>(), wish: [] };

export type Look = Pick<SyncRecord, "drift" | "lookFailure" | "vendorDropIns">;

interface FileFindings {
  readonly seen: SeenFiles;
  readonly files: readonly Drift[];
}

/** Remembers between two looks what need not be read again. */
export class HostLook {
  readonly #ports: LookPorts;
  readonly #settings: DriftSettings;
  readonly #files: FileLook;
  readonly #units: UnitLook;
  readonly #loaded: LoadedLook;

  constructor(ports: LookPorts, settings: DriftSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#files = new FileLook(ports);
    this.#units = new UnitLook(ports);
    this.#loaded = new LoadedLook(ports);
  }

  /**
   * Judges what is in the scope, and keeps the records of everything else. Each difference is reported when it has lasted
   * for the grace of its kind, when it changes, and when it is over. When systemd does not answer, the records that only
   * systemd can tell about are kept, and the files are looked at all the same.
   * @param before how the round went, with the records of the look before
   * @param round.justFailed units that the sync of this round has reported as failed: they are not reported once more
   * @param round.wish what a person has named counts, although its policy is `ignore`
   * @throws AgentError `state-unreadable`, `host-write-failed` for a directory that cannot be listed
   */
  async look(
    scope: LookScope,
    before: SyncRecord,
    round: { readonly justFailed: ReadonlySet<string>; readonly wish: Wish } = unasked,
  ): Promise<Look> {
    const inventory = await this.#ports.state.loadInventory();
    const part = selectPart(scope, inventory);
    const seen = await this.#files.look(inventory, part);
    const vendorDropIns = part.isAll ? acceptVendorDropIns(before.vendorDropIns, seen) : before.vendorDropIns;
    const files = [
      ...detectDrift(inventory, seen, this.#ports.layout),
      ...detectForeign(inventory, seen, new Set(vendorDropIns ?? seen.vendorDropIns)),
    ];
    const units = await this.#lookAtUnits(inventory, part, { seen, files }, before);
    const isDown = units.failure !== null;
    const credentials = await this.#lookAtCredentials(inventory, part);
    const nowMs = this.#ports.clock.now();
    const isToldBySync = createMemoryOfSync(before, round.justFailed);
    const tracked = trackDrift({
      known: before.drift,
      found: [...files, ...units.found, ...(credentials ?? [])],
      isJudged: (record) =>
        part.hasDrift(record) &&
        !(isDown && isOf(record, ["manager", "runtime"])) &&
        !(credentials === null && isOf(record, ["credentials"])),
      policyOf: (drift) => {
        const policy = policyOf(drift, inventory);
        return policy === "ignore" && isNamed(drift, round.wish) ? "report" : policy;
      },
      isToldBefore: (drift) => isToldBySync(drift) || hasStalled(drift, before.corrections, nowMs),
      settings: this.#settings,
      nowMs,
    });
    for (const news of tracked.news) this.#ports.events.emit(news);
    return { drift: tracked.records, lookFailure: units.failure, vendorDropIns };
  }

  /** Null when they cannot be judged: an apply that did not end has its own, or the store or its key cannot be used. */
  async #lookAtCredentials(inventory: Inventory, part: LookPart): Promise<readonly Drift[] | null> {
    const { credentials: store, layout } = this.#ports;
    const { credentials, applying } = inventory;
    const isNamed = credentials.some(({ unit, name }) =>
      part.hasDrift({ unit, path: placeOfCredential({ unit, name }, layout) }),
    );
    if (!isNamed) return [];
    if (applying !== null) return null;
    try {
      const found = detectCredentialDrift(inventory, await store.findAltered(credentials), layout);
      return found.filter((drift) => part.hasDrift(drift));
    } catch (error) {
      // The start of each round restores lost credentials, and tells why it cannot.
      if (!(error instanceof AgentError)) throw error;
      return null;
    }
  }

  async #lookAtUnits(
    inventory: Inventory,
    part: LookPart,
    { seen, files }: FileFindings,
    before: SyncRecord,
  ): Promise<{ readonly found: readonly Drift[]; readonly failure: SyncFailure | null }> {
    // Nothing is asked then, so that nothing is learned about systemd either.
    if (!part.isAll && !listStatusUnits(inventory).some((name) => part.hasUnit(name))) {
      return { found: [], failure: before.lookFailure };
    }
    const drifted = listDriftedUnits([...files, ...before.drift.filter((record) => !part.hasDrift(record))]);
    try {
      const glances = await this.#units.glance(inventory, part);
      const noted = await this.#noteEditedStarts(inventory, part, seen, glances);
      const found = await this.#units.judge({
        inventory: noted,
        part,
        glances,
        known: before.drift,
        hasDrift: (unit) => isEdited(unit, drifted),
      });
      return {
        found: [...found, ...(await this.#lookAtLoaded(inventory, part, glances, { seen, files }, before))],
        failure: null,
      };
    } catch (error) {
      if (!(error instanceof AgentError) || !error.code.startsWith("systemd-")) throw error;
      return { found: [], failure: this.#reportFailure(error, before.lookFailure) };
    }
  }

  async #lookAtLoaded(
    inventory: Inventory,
    part: LookPart,
    glances: Glances,
    { seen, files }: FileFindings,
    { drift: known }: SyncRecord,
  ): Promise<readonly Drift[]> {
    const changed = listChangedUnits(files, seen.wideDropIns);
    const before = known.filter(({ kind }) => driftKinds[kind].layer === "manager");
    const suspects = new Set([
      ...changed,
      ...listChangedUnits(known, new Map()),
      ...before.flatMap(({ unit }) => unit ?? []),
    ]);
    const names = listStatusUnits(inventory).filter((name) => part.hasUnit(name) && glances.has(name));
    return detectLoadedDrift({
      inventory,
      loaded: await this.#loaded.read(names, part, (unit) => isEdited(unit, suspects)),
      foreignDropIns: new Set([...seen.foreignDropIns.keys(), ...seen.wideDropIns.keys()]),
      hasFileDrift: (unit) => isEdited(unit, changed),
      layout: this.#ports.layout,
    });
  }

  /**
   * Notes in the inventory which processes were started while their files were edited: once the edit is gone, the host no
   * longer shows it. Asks systemd about edited units only.
   */
  async #noteEditedStarts(
    inventory: Inventory,
    part: LookPart,
    seen: SeenFiles,
    glances: Glances,
  ): Promise<Inventory> {
    const { manager, state, layout } = this.#ports;
    const edited = listEditedUnits(inventory, seen, layout);
    const names = Object.keys(inventory.units).filter(
      (name) => isEdited(name, edited) && !isTemplateName(name) && (part.isAll || glances.has(name)),
    );
    if (names.length === 0) return inventory;
    const units = await manager.readUnits(names);
    const observed = await addNeedsReload(this.#ports, inventory, { ...seen, units });
    const noted = recordEditedStarts(inventory, observed, layout);
    if (noted !== inventory) await state.saveInventory(noted);
    return noted;
  }

  #reportFailure(error: AgentError, before: SyncFailure | null): SyncFailure {
    const { events, clock } = this.#ports;
    if (before === null) warnOf(events, "how the units do is not known", error);
    return describeFailure(error, before, new Date(clock.now()).toISOString());
  }
}

function isOf({ kind }: Pick<Drift, "kind">, layers: readonly DriftLayer[]): boolean {
  return layers.includes(driftKinds[kind].layer);
}

/**
 * Whether the sync has reported that a unit does not work, and it has not worked since. A unit that was well at a look
 * after the sync has no record; when it fails again, that is news.
 */
function createMemoryOfSync(
  { applied, drift }: SyncRecord,
  justFailed: ReadonlySet<string>,
): (drift: Drift) => boolean {
  const failed = new Set(applied.failedUnits.map(({ unit }) => unit));
  const unwell = new Set(
    drift.filter((record) => isOf(record, ["runtime"])).flatMap(({ unit }) => unit ?? []),
  );
  return (found) =>
    found.unit !== null &&
    isOf(found, ["runtime"]) &&
    (justFailed.has(found.unit) || (failed.has(found.unit) && unwell.has(found.unit)));
}
