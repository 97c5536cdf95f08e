/**
 * Judges how the managed units do, for a look at the host. Reports nothing, and corrects nothing.
 *
 * One call lists all units in memory. Properties are read only of units that may not be well according to the list, and of
 * units that systemd has restarted. So a look at everything costs little, also with many units.
 *
 * A question about a unit that is only on disk makes systemd load it and drop it again, and tell everybody so by signals.
 * Two programs that look at what such signals name would go on for ever. So what was read of such a unit is kept until
 * the unit has a job or its row in the list changes.
 */
import { driftKinds } from "../core/drift/kinds.ts";
import { describeRuntimeDrift } from "../core/drift/live.ts";
import { restartGapUs } from "../core/drift/restart-loop.ts";
import { deservesLook, type Judgement, judgeUnit } from "../core/drift/runtime.ts";
import type { LookPart } from "../core/drift/scope.ts";
import type { Drift, DriftKind, DriftRecord } from "../core/model/drift.ts";
import type { AppliedUnit, Inventory } from "../core/model/inventory.ts";
import type { UnitGlance } from "../core/model/unit-status.ts";
import type { Clock } from "../core/ports/run.ts";
import type { ManagerPort } from "../core/ports/systemd.ts";
import { typeOfUnit } from "../core/units/unit-name.ts";
import { listStatusUnits } from "./status.ts";

export interface UnitLookPorts {
  readonly manager: ManagerPort;
  readonly clock: Clock;
}

/** Of so few services, reading each costs less than asking the journal. */
const fewUnits = 16;

/** What systemd's list shows: main name of a unit in memory → its row. */
export type Glances = ReadonlyMap<string, UnitGlance>;

export interface UnitLookInput {
  readonly inventory: Inventory;
  readonly part: LookPart;
  readonly glances: Glances;
  /** What the last look kept. */
  readonly known: readonly DriftRecord[];
  /** Whether files of the unit have drifted. */
  readonly hasDrift: (unit: string) => boolean;
}

interface Memory {
  readonly looks: string;
  readonly judgement: Judgement | null;
}

/** Remembers between two looks which units need not be read again. */
export class UnitLook {
  readonly #ports: UnitLookPorts;
  /** Idle units that were read → how they looked then, and what was found. */
  readonly #memories = new Map<string, Memory>();
  /** Units that had a job since they were last judged; null when signals may have been lost since the last full look. */
  #jobs: Set<string> | null = null;

  constructor(ports: UnitLookPorts) {
    this.#ports = ports;
  }

  /** @throws AgentError `systemd-unreachable`, `systemd-refused` */
  async glance(inventory: Inventory, part: LookPart): Promise<Glances> {
    await this.#takeHints();
    const names = listStatusUnits(inventory).filter((name) => part.hasUnit(name));
    return this.#ports.manager.glance([...new Set(names.map(typeOfUnit))]);
  }

  /**
   * What differs in the runtime layer.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`; the next look then reads all that this one would have
   */
  async judge(input: UnitLookInput): Promise<readonly Drift[]> {
    const { inventory, part, glances } = input;
    const names = listStatusUnits(inventory).filter((name) => part.hasUnit(name));
    const suspects = await this.#listSuspects(names, input);
    const statuses = await this.#ports.manager.readStatus(suspects);
    const nowUs = this.#ports.clock.now() * 1000;
    for (const unit of suspects) {
      const applied = inventory.units[unit];
      const status = statuses.get(unit);
      if (applied === undefined || status === undefined) continue;
      const judgement = judgeUnit(applied, status, nowUs, input.hasDrift(unit));
      const looks = describeLooks(applied, glances.get(unit) ?? null, input.hasDrift(unit));
      this.#memories.set(unit, { looks, judgement });
    }
    if (part.isAll) {
      this.#jobs = new Set();
      for (const name of this.#memories.keys())
        if (inventory.units[name] === undefined) this.#memories.delete(name);
    } else for (const name of names) this.#jobs?.delete(name);
    const read = new Set(suspects);
    return names.flatMap((unit) => {
      const applied = inventory.units[unit];
      if (applied === undefined) return [];
      const glance = glances.get(unit) ?? null;
      const isJudged = read.has(unit) || deservesLook(applied, glance);
      const judgement = isJudged ? (this.#recall(unit, applied, input)?.judgement ?? null) : null;
      return judgement === null ? [] : [describeRuntimeDrift(unit, judgement)];
    });
  }

  async #takeHints(): Promise<void> {
    const hints = await this.#ports.manager.takeHints();
    if (hints === null) {
      this.#jobs = null;
      this.#memories.clear();
      return;
    }
    for (const unit of hints) {
      this.#jobs?.add(unit);
      this.#memories.delete(unit);
    }
  }

  async #listSuspects(names: readonly string[], input: UnitLookInput): Promise<readonly string[]> {
    const { inventory, glances, known } = input;
    const unwell = new Set(known.flatMap(({ kind, unit }) => (isRuntimeKind(kind) ? (unit ?? []) : [])));
    const restarted = await this.#listRestarted(names, input);
    return names.filter((name) => {
      const applied = inventory.units[name];
      if (applied === undefined) return false;
      const glance = glances.get(name) ?? null;
      const memory = this.#recall(name, applied, input);
      if (memory !== null && glance === null) return false;
      if (unwell.has(name) || restarted.has(name)) return true;
      return deservesLook(applied, glance) && memory === null;
    });
  }

  /**
   * The services that systemd has restarted by itself. Only services that had a job are candidates, since a restart is a
   * job. A few candidates are all read. Of many the journal tells which; if it cannot, all that are loaded are returned.
   */
  async #listRestarted(
    names: readonly string[],
    { glances, part }: UnitLookInput,
  ): Promise<ReadonlySet<string>> {
    const jobs = this.#jobs;
    const candidates = names.filter(
      (name) => typeOfUnit(name) === "service" && glances.has(name) && (jobs?.has(name) ?? true),
    );
    if (candidates.length === 0 || (!part.isAll && candidates.length <= fewUnits)) return new Set(candidates);
    const { manager, clock } = this.#ports;
    const restarted = await manager.listRestarted(clock.now() * 1000 - restartGapUs);
    if (restarted === null) return new Set(candidates);
    const asked = new Set(candidates);
    return new Set(restarted.filter((name) => asked.has(name)));
  }

  /** What was found of a unit that has looked the same since. */
  #recall(name: string, applied: AppliedUnit, { glances, hasDrift }: UnitLookInput): Memory | null {
    const memory = this.#memories.get(name);
    const looks = describeLooks(applied, glances.get(name) ?? null, hasDrift(name));
    return memory?.looks === looks ? memory : null;
  }
}

function isRuntimeKind(kind: DriftKind): boolean {
  return driftKinds[kind].layer === "runtime";
}

/** All that the judgement of a unit depends on and that can change without a job. */
function describeLooks(
  { expected, startedWith }: AppliedUnit,
  glance: UnitGlance | null,
  hasDrift: boolean,
): string {
  return `${glance?.activeState} ${glance?.subState} ${expected} ${startedWith === "same"} ${hasDrift}`;
}
