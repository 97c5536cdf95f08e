/** What systemd's signals are taken for: which unit may have changed, or that all may have. */
import { expect, it } from "vitest";
import type { LookScope } from "../../../src/core/model/drift.ts";
import type { Bus, BusListener } from "../../../src/systemd/bus/bus.ts";
import { BusError } from "../../../src/systemd/bus/bus-error.ts";
import type { BusSignal } from "../../../src/systemd/bus/connection.ts";
import { unitNameOfPath } from "../../../src/systemd/bus/manager-calls.ts";
import { UnitMemory } from "../../../src/systemd/read/unit-memory.ts";
import { watchUnits } from "../../../src/systemd/signals/unit-signals.ts";

const manager = "org.freedesktop.systemd1.Manager";
const properties = "org.freedesktop.DBus.Properties";
const unitPath = "/org/freedesktop/systemd1/unit";

/** A bus whose connection is lost, and fails to come back, when the test says so. */
class FakeBus {
  readonly told: unknown[] = [];
  subscriptions = 0;
  failures = 0;
  #listener: BusListener | null = null;

  constructor(managed: readonly string[], signal: AbortSignal) {
    const unitsOf = (name: string) => new Set(managed.filter((unit) => unit === name));
    const onHint = (scope: LookScope) => this.told.push(scope === "all" ? scope : [...scope.units].join());
    watchUnits(this as unknown as Bus, new UnitMemory(), { unitsOf, onHint }, signal);
  }

  listen(listener: BusListener): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = null;
    };
  }

  async addRules(): Promise<void> {
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new BusError("no-bus", "nobody listens", { method: "Hello" });
  }

  async call(): Promise<readonly unknown[]> {
    this.subscriptions += 1;
    return [];
  }

  send(signal: Partial<BusSignal>): void {
    this.#listener?.signal({ path: "/", interface: manager, member: "", body: [], ...signal });
  }

  lose(): void {
    this.#listener?.lost();
  }
}

async function begin(managed: readonly string[]): Promise<{ bus: FakeBus; stop: AbortController }> {
  const stop = new AbortController();
  const bus = new FakeBus(managed, stop.signal);
  await expect.poll(() => bus.told.splice(0)).toEqual(["all"]);
  return { bus, stop };
}

it("changed properties, ended jobs and a reload tell where to look, for managed units only", async () => {
  const { bus, stop } = await begin(["web-api@a.service"]);
  const path = `${unitPath}/web_2dapi_40a_2eservice`;
  bus.send({ interface: properties, member: "PropertiesChanged", path });
  bus.send({ interface: properties, member: "PropertiesChanged", path: `${unitPath}/cron_2eservice` });
  bus.send({ member: "JobRemoved", body: [1, "/job/1", "web-api@a.service", "done"] });
  bus.send({ member: "JobRemoved", body: [2, "/job/2", "cron.service", "done"] });
  bus.send({ member: "Reloading", body: [true] });
  bus.send({ member: "Reloading", body: [false] });
  expect(bus.told).toEqual(["web-api@a.service", "web-api@a.service", "all"]);
  stop.abort();
});

it("a lost connection is opened again at once, and everything may have changed meanwhile", async () => {
  const { bus, stop } = await begin([]);
  bus.failures = 2;
  bus.lose();
  expect(bus.told).toEqual([]);
  await expect.poll(() => bus.told).toEqual(["all"]);
  expect(bus.subscriptions).toBe(2);
  stop.abort();
});

it("systemd that leaves the bus and comes back is asked for signals again", async () => {
  const { bus, stop } = await begin([]);
  bus.send({ interface: "org.freedesktop.DBus", member: "NameOwnerChanged" });
  await expect.poll(() => bus.told).toEqual(["all"]);
  expect(bus.subscriptions).toBe(2);
  stop.abort();
});

it("nothing is told once it was stopped", async () => {
  const { bus, stop } = await begin(["a.service"]);
  stop.abort();
  bus.send({ member: "JobRemoved", body: [1, "/job/1", "a.service", "done"] });
  bus.lose();
  expect(bus.told).toEqual([]);
});

it.each([
  ["ssh_2eservice", "ssh.service"],
  ["system_2dgetty_2eslice", "system-getty.slice"],
  ["dev_2ddisk_2dby_5cx2dlabel_2dA_2eswap", "dev-disk-by\\x2dlabel-A.swap"],
  ["_31_2eservice", "1.service"],
])("the object path of a unit ends in its name, in systemd's spelling: %s", (last, name) => {
  expect(unitNameOfPath(`${unitPath}/${last}`)).toBe(name);
});

it("the path of a job is no unit's", () => {
  expect(unitNameOfPath("/org/freedesktop/systemd1/job/12")).toBeNull();
});
