/**
 * What systemd has said of units, as long as it is certain that it would say the same again. Pure: hears of signals, rows and
 * answers, and asks for nothing.
 *
 * A value is remembered until systemd says that the unit has changed, or its row in systemd's list is another one. The bus
 * keeps the order of one sender's messages, so all signals about what a list shows were heard before the list arrives. An
 * answer may be older than a signal that is heard while it is waited for: such an answer is not remembered.
 */
import type { UnitRow } from "../bus/manager-calls.ts";

/** A question about a unit, from when it is asked until its answer is kept or given up. */
export interface Question {
  readonly row: UnitRow;
}

interface Kept {
  readonly looks: string;
  readonly isActive: boolean;
  readonly values: Map<string, unknown>;
}

const nothing: ReadonlyMap<string, unknown> = new Map();

export class UnitMemory {
  readonly #kept = new Map<string, Kept>();
  /** Unit → the questions whose answers are still as new as its last signal. */
  readonly #open = new Map<string, Set<Question>>();
  #isHearing = false;
  #isReloading = false;

  /** systemd sends all signals from now on. Nothing is remembered before. */
  begin(): void {
    this.end();
    this.#isHearing = true;
  }

  /** Signals may have been lost. */
  end(): void {
    this.#isHearing = false;
    this.#isReloading = false;
    this.#kept.clear();
    this.#open.clear();
  }

  /** The unit has changed. */
  change(name: string): void {
    this.#kept.delete(name);
    this.#open.delete(name);
  }

  /** systemd has dropped the unit from its memory. While it reloads, it drops all units and makes them again. */
  remove(name: string): void {
    if (!this.#isReloading) this.change(name);
  }

  /**
   * systemd has begun to load its unit files anew, or has ended it. It carries over how each active unit runs; others may be
   * new afterwards.
   */
  reload(isBeginning: boolean): void {
    this.#isReloading = isBeginning;
    if (isBeginning) return;
    this.#open.clear();
    for (const [name, { isActive }] of this.#kept) if (!isActive) this.#kept.delete(name);
  }

  /** All that is known of the unit, by the name of the value. @param row of a list that has just arrived */
  recall(row: UnitRow): ReadonlyMap<string, unknown> {
    const kept = this.#kept.get(row.name);
    if (kept === undefined) return nothing;
    if (kept.looks === describeLooks(row)) return kept.values;
    this.#kept.delete(row.name);
    return nothing;
  }

  /** Call this before the question is sent. */
  ask(row: UnitRow): Question {
    const question = { row };
    if (!this.#isHearing) return question;
    const open = this.#open.get(row.name) ?? new Set();
    this.#open.set(row.name, open.add(question));
    return question;
  }

  /** The answer has arrived, or never will, and is then empty. */
  keep(question: Question, values: ReadonlyMap<string, unknown>): void {
    const { name, activeState } = question.row;
    const looks = describeLooks(question.row);
    const open = this.#open.get(name);
    if (open?.delete(question) !== true) return;
    if (open.size === 0) this.#open.delete(name);
    const kept = this.#kept.get(name);
    if (kept !== undefined && kept.looks !== looks) this.#kept.delete(name);
    else if (kept !== undefined) for (const [key, value] of values) kept.values.set(key, value);
    else if (values.size > 0) {
      this.#kept.set(name, { looks, isActive: activeState === "active", values: new Map(values) });
    }
  }
}

function describeLooks({ loadState, activeState, subState, job }: UnitRow): string {
  return `${loadState} ${activeState} ${subState} ${job?.path ?? ""}`;
}
