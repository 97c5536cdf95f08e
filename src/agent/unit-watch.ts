/**
 * Looks at the managed units at the end of a round, and reports which problems are new and which are over. Corrects nothing.
 *
 * One call lists all units. Properties are read only of units that may not be well according to the list, and of units that
 * systemd has restarted. So a round costs little, also with many units.
 */

import { isEdited, listDriftedUnits } from "../core/drift/host-edits.ts";
import { restartGapUs } from "../core/health/restart-loop.ts";
import { deservesLook, judgeUnit } from "../core/health/unit-health.ts";
import { AgentError } from "../core/model/errors.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { UnitFinding } from "../core/model/finding.ts";
import type { AppliedUnit, Inventory } from "../core/model/inventory.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import type { UnitGlance } from "../core/model/unit-status.ts";
import type { Clock, EventSink } from "../core/ports/run.ts";
import type { StatePort } from "../core/ports/state.ts";
import type { ManagerPort } from "../core/ports/systemd.ts";
import { typeOfUnit } from "../core/units/unit-name.ts";
import { describeFailure, warnOf } from "./failure.ts";
import { listStatusUnits } from "./status.ts";

export interface UnitWatchPorts {
  readonly manager: ManagerPort;
  readonly state: StatePort;
  readonly events: EventSink;
  readonly clock: Clock;
}

export type Look = Pick<SyncRecord, "findings" | "lookFailure">;

type Glances = ReadonlyMap<string, UnitGlance>;

/** Remembers between two looks which units need not be read again. */
export class UnitWatch {
  readonly #ports: UnitWatchPorts;
  /**
   * Idle units that were read and found well → how they looked then. Not read again while they look the same and had no
   * job.
   */
  readonly #quiet = new Map<string, string>();
  /**
   * Units whose recovery was reported. A later failure of such a unit is reported, although the last sync had reported one.
   */
  readonly #recovered = new Set<string>();
  /** True when hints were taken, but the look failed: the next look then reads all units. */
  #isLookOwed = false;

  constructor(ports: UnitWatchPorts) {
    this.#ports = ports;
  }

  /**
   * Each finding is reported when it begins and when it is over, not in between. When systemd does not answer, the findings
   * of the last look are kept.
   * @param before how the round went, with the findings of the last look
   * @throws AgentError `state-unreadable`
   */
  async look(before: SyncRecord): Promise<Look> {
    const inventory = await this.#ports.state.loadInventory();
    try {
      const findings = await this.#findAll(inventory, before);
      this.#report(inventory, before, findings);
      return { findings, lookFailure: null };
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#isLookOwed = true;
      return { findings: before.findings, lookFailure: this.#reportFailure(error, before.lookFailure) };
    }
  }

  async #findAll(
    inventory: Inventory,
    { findings: known, drift }: SyncRecord,
  ): Promise<readonly UnitFinding[]> {
    const drifted = listDriftedUnits(drift);
    const { manager, clock } = this.#ports;
    const names = listStatusUnits(inventory);
    const types = [...new Set(names.map(typeOfUnit))];
    const hints = await this.#takeHints();
    const glances = await manager.glance(types);
    const restarted = await this.#listRestarted(names, glances, hints);
    const before = new Map(known.map((finding) => [finding.unit, finding]));
    const suspects = names.filter((name) => {
      if (before.has(name) || restarted.has(name)) return true;
      const applied = inventory.units[name];
      return applied !== undefined && this.#isSuspect(name, applied, glances.get(name) ?? null);
    });
    const statuses = await manager.readStatus(suspects);
    const nowMs = clock.now();
    const now = new Date(nowMs).toISOString();
    return suspects.flatMap((unit) => {
      const applied = inventory.units[unit];
      const status = statuses.get(unit);
      if (applied === undefined || status === undefined) return [];
      const finding = judgeUnit(applied, status, nowMs * 1000, isEdited(unit, drifted));
      if (finding === null) {
        this.#quiet.set(unit, describeLooks(applied, glances.get(unit) ?? null));
        return [];
      }
      this.#quiet.delete(unit);
      const last = before.get(unit);
      return [{ unit, ...finding, since: last?.word === finding.word ? last.since : now }];
    });
  }

  async #takeHints(): Promise<ReadonlySet<string> | null> {
    const taken = await this.#ports.manager.takeHints();
    const hints = this.#isLookOwed ? null : taken;
    this.#isLookOwed = false;
    if (hints === null) this.#quiet.clear();
    else for (const unit of hints) this.#quiet.delete(unit);
    return hints;
  }

  /**
   * The services that systemd has restarted by itself. Only services that had a job are candidates, since a restart is a
   * job. If the journal cannot tell, all candidates that are loaded are returned.
   */
  async #listRestarted(
    names: readonly string[],
    glances: Glances,
    hints: ReadonlySet<string> | null,
  ): Promise<ReadonlySet<string>> {
    const candidates = names.filter((name) => typeOfUnit(name) === "service" && (hints?.has(name) ?? true));
    if (candidates.length === 0) return new Set();
    const { manager, clock } = this.#ports;
    const restarted = await manager.listRestarted(clock.now() * 1000 - restartGapUs);
    if (restarted === null) return new Set(candidates.filter((name) => glances.has(name)));
    const asked = new Set(candidates);
    return new Set(restarted.filter((name) => asked.has(name)));
  }

  #isSuspect(name: string, applied: AppliedUnit, glance: UnitGlance | null): boolean {
    return deservesLook(applied, glance) && this.#quiet.get(name) !== describeLooks(applied, glance);
  }

  #report({ units }: Inventory, before: SyncRecord, found: readonly UnitFinding[]): void {
    const { events } = this.#ports;
    const keyOf = ({ unit, word }: UnitFinding) => `${word} ${unit}`;
    const known = new Set(before.findings.map(keyOf));
    // The sync itself has reported these.
    const told = new Set(before.applied.failedUnits.map(({ unit }) => unit));
    for (const finding of found) {
      const isTold = told.has(finding.unit) && !this.#recovered.has(finding.unit);
      if (!known.has(keyOf(finding)) && !isTold) events.emit({ type: "unit.worsened", finding });
    }
    const unwell = new Set(found.map(({ unit }) => unit));
    for (const finding of before.findings) {
      // A unit that was removed from git has not recovered.
      if (unwell.has(finding.unit) || units[finding.unit] === undefined) continue;
      this.#recovered.add(finding.unit);
      events.emit({ type: "unit.recovered", finding });
    }
  }

  #reportFailure(error: AgentError, before: SyncFailure | null): SyncFailure {
    const { events, clock } = this.#ports;
    if (before === null) warnOf(events, "how the units do is not known", error);
    return describeFailure(error, before, new Date(clock.now()).toISOString());
  }
}

/** All that the judgement of an idle unit depends on and that can change without a job. */
function describeLooks({ expected, startedWith }: AppliedUnit, glance: UnitGlance | null): string {
  return `${glance?.activeState} ${glance?.subState} ${expected} ${startedWith === "same"}`;
}
