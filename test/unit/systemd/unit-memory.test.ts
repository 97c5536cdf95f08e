/** What is remembered of units, against a model of systemd that changes, answers and sends signals in any order. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { UnitRow } from "../../../src/systemd/bus/manager-calls.ts";
import { UnitMemory } from "../../../src/systemd/read/unit-memory.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

const names = ["a.service", "b.service"];

interface ModelUnit {
  isActive: boolean;
  /** Another one after each change of what the unit's properties say. */
  value: number;
}

/** Everything that happens is heard by the agent later, in this order, and several at a time. */
type Message = { readonly signal: () => void } | { readonly answer: () => () => void };

class Model {
  readonly memory = new UnitMemory();
  readonly units = new Map(names.map((name): [string, ModelUnit] => [name, { isActive: true, value: 0 }]));
  /** How many values were given without a question. */
  recalled = 0;
  #clock = 0;
  #messages: Message[] = [];

  change(name: string, isActive: boolean, isTold: boolean): void {
    const unit = this.#unit(name);
    const isOtherRow = unit.isActive !== isActive;
    Object.assign(unit, { isActive, value: ++this.#clock });
    // A signal may be withheld where the list shows the change. A unit starts by a job, and the end of a job is always told.
    if (isTold || isActive || !isOtherRow) this.#send(() => this.memory.change(name));
  }

  /** systemd drops an idle unit, and makes it anew for somebody. */
  drop(name: string): void {
    const unit = this.#unit(name);
    if (unit.isActive) return;
    unit.value = ++this.#clock;
    this.#send(() => this.memory.remove(name));
  }

  reload(): void {
    this.#send(() => this.memory.reload(true));
    for (const [name, unit] of this.units) {
      this.#send(() => this.memory.remove(name));
      if (!unit.isActive) unit.value = ++this.#clock;
    }
    this.#send(() => this.memory.reload(false));
  }

  /** The connection breaks while a unit changes. What was on its way is lost. */
  lose(name: string): void {
    this.#messages = [];
    this.memory.end();
    this.#unit(name).value = ++this.#clock;
    this.memory.begin();
  }

  /** The agent asks for the list, then for what it does not know, and must never be given what was over before the list. */
  look(): void {
    this.#ask(() => {
      const rows = [...this.units].map(([name, { isActive, value }]) => ({
        row: makeRow(name, isActive),
        value,
      }));
      return () => {
        for (const { row, value } of rows) this.#read(row, value);
      };
    });
  }

  #read(row: UnitRow, oldest: number): void {
    const known = this.memory.recall(row).get("value");
    if (known !== undefined) {
      this.recalled += 1;
      expect(known).toBeGreaterThanOrEqual(oldest);
      return;
    }
    const question = this.memory.ask(row);
    this.#ask(() => {
      const { value } = this.#unit(row.name);
      return () => this.memory.keep(question, new Map([["value", value]]));
    });
  }

  /** The agent hears of the next messages. All signals among them come before what it does with the answers. */
  deliver(count: number): void {
    const heard = this.#messages.splice(0, count);
    const answered = heard.flatMap((message) => {
      if ("answer" in message) return [message.answer()];
      message.signal();
      return [];
    });
    for (const goOn of answered) goOn();
  }

  deliverAll(): void {
    while (this.#messages.length > 0) this.deliver(this.#messages.length);
  }

  /** systemd answers at once, with what is so then. */
  #ask(answer: () => () => void): void {
    const goOn = answer();
    this.#messages.push({ answer: () => goOn });
  }

  #send(signal: () => void): void {
    this.#messages.push({ signal });
  }

  #unit(name: string): ModelUnit {
    const unit = this.units.get(name);
    if (unit === undefined) throw new Error(name);
    return unit;
  }
}

function makeRow(name: string, isActive: boolean): UnitRow {
  const states = isActive ? ({ activeState: "active", subState: "running" } as const) : idle;
  return { name, loadState: "loaded", ...states, path: `/${name}`, job: null };
}

const idle = { activeState: "inactive", subState: "dead" } as const;

const name = fc.constantFrom(...names);
const action = fc.oneof(
  fc.record({ name, isActive: fc.boolean(), isTold: fc.boolean() }).map((change) => (model: Model) => {
    model.change(change.name, change.isActive, change.isTold);
  }),
  name.map((unit) => (model: Model) => model.drop(unit)),
  fc.constant((model: Model) => model.reload()),
  { weight: 3, arbitrary: fc.constant((model: Model) => model.look()) },
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: 5 }).map((count) => (model: Model) => model.deliver(count)),
  },
  name.map((unit) => (model: Model) => model.lose(unit)),
);

it("what is remembered is never older than the list it is remembered for, and is the truth once all is quiet", () => {
  let recalled = 0;
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const model = new Model();
      model.memory.begin();
      for (const act of actions) act(model);
      for (let looks = 0; looks < 3; looks += 1) {
        model.deliverAll();
        model.look();
      }
      model.deliverAll();
      for (const [unit, { isActive, value }] of model.units) {
        expect(model.memory.recall(makeRow(unit, isActive)).get("value")).toBe(value);
      }
      recalled += model.recalled;
    }),
    propertyRuns(8_000),
  );
  expect(recalled).toBeGreaterThan(1_000);
});

it("nothing is remembered unless signals are heard", () => {
  const memory = new UnitMemory();
  const row = makeRow("a.service", true);
  memory.keep(memory.ask(row), new Map([["value", 1]]));
  expect(memory.recall(row).size).toBe(0);
});

it("a daemon-reload leaves what is known of a running unit, and nothing of an idle one", () => {
  const memory = new UnitMemory();
  memory.begin();
  const rows = [makeRow("a.service", true), makeRow("b.service", false)];
  for (const row of rows) memory.keep(memory.ask(row), new Map([["value", 1]]));
  memory.reload(true);
  for (const { name: unit } of rows) memory.remove(unit);
  memory.reload(false);
  expect(rows.map((row) => memory.recall(row).size)).toEqual([1, 0]);
});
