/** Reads properties of units, and asks systemd only for those that are not remembered. Must not interpret the values. */
import type { Bus } from "../bus/bus.ts";
import type { UnitRow } from "../bus/manager-calls.ts";
import { isToldBySignal, type Property, readProperties, type Values } from "./properties.ts";
import type { UnitMemory } from "./unit-memory.ts";

export class KnownUnits {
  readonly bus: Bus;
  readonly #memory: UnitMemory;

  constructor(bus: Bus, memory: UnitMemory) {
    this.bus = bus;
    this.#memory = memory;
  }

  /**
   * As `readProperties`.
   * @param row of a list that was asked for in this reading: it shows what has changed without a signal
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  async read<Name extends Property>(row: UnitRow, names: readonly Name[]): Promise<Values<Name>> {
    const known = this.#memory.recall(row);
    const missing = names.filter((name) => !known.has(name));
    const recalled = Object.fromEntries(names.map((name) => [name, known.get(name)])) as Values<Name>;
    if (missing.length === 0) return recalled;
    const read = await this.#remember(row, async () => {
      const values = await readProperties(this.bus, row, missing);
      const told = missing.filter((name) => isToldBySignal(name, values[name]));
      return { values, kept: told.map((name) => [name, values[name]] as const) };
    });
    return { ...recalled, ...read };
  }

  /** As `work`, whose result holds until the unit changes; null is not remembered. */
  async find<Result>(row: UnitRow, key: string, work: () => Promise<Result | null>): Promise<Result | null> {
    const known = this.#memory.recall(row);
    if (known.has(key)) return known.get(key) as Result;
    return this.#remember(row, async () => {
      const values = await work();
      return { values, kept: values === null ? [] : [[key, values]] };
    });
  }

  async #remember<Result>(
    row: UnitRow,
    ask: () => Promise<{ readonly values: Result; readonly kept: Iterable<readonly [string, unknown]> }>,
  ): Promise<Result> {
    const question = this.#memory.ask(row);
    let answer: ReadonlyMap<string, unknown> = new Map();
    try {
      const { values, kept } = await ask();
      answer = new Map(kept);
      return values;
    } finally {
      this.#memory.keep(question, answer);
    }
  }
}
