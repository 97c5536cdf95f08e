/**
 * Tells from systemd's signals which units may have changed, and which units the memory must forget. Must not ask for the
 * state of units.
 *
 * UnitNew and UnitRemoved are no hints. systemd loads a unit whenever anybody asks for it, also the agent, and drops it
 * again, and sends both each time: a look would lead to the next look. Every change of a unit that is loaded comes with
 * PropertiesChanged, JobRemoved or Reloading as well (measured on 252). What is remembered of a unit that systemd has dropped
 * is forgotten.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { LookScope } from "../../core/model/drift.ts";
import type { Bus } from "../bus/bus.ts";
import type { BusSignal } from "../bus/connection.ts";
import { managerInterface, subscribe, unitNameOfPath } from "../bus/manager-calls.ts";
import type { UnitMemory } from "../read/unit-memory.ts";

// systemd sends the properties of a service, a socket and so on in signals of their own. Whatever changes them changes those
// of the unit, too.
export const unitChangedRule =
  "type='signal',sender='org.freedesktop.systemd1',path_namespace='/org/freedesktop/systemd1/unit'," +
  "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',arg0='org.freedesktop.systemd1.Unit'";
const unitRemovedRule =
  "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1'," +
  `interface='${managerInterface}',member='UnitRemoved'`;
const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Neither function may throw. */
export interface UnitListener {
  /** The managed units that are meant by a name; none for a unit that is not managed. */
  readonly unitsOf: (name: string) => ReadonlySet<string>;
  readonly onHint: (scope: LookScope) => void;
}

/**
 * Tells of changes until `signal` aborts. Reconnects by itself when the bus or systemd is restarted, and then says that
 * everything may have changed.
 * @param bus made with the rules of JobWatch
 * @param memory kept true meanwhile
 */
export function watchUnits(bus: Bus, memory: UnitMemory, listener: UnitListener, signal: AbortSignal): void {
  const subscription = new Subscription(
    bus,
    () => {
      memory.begin();
      listener.onHint("all");
    },
    signal,
  );
  const renew = () => {
    memory.end();
    subscription.renew();
  };
  const stopListening = bus.listen({
    signal: (received) => {
      if (received.member === "NameOwnerChanged") renew();
      tellMemory(memory, received);
      const scope = scopeOf(received, listener);
      if (scope !== null) listener.onHint(scope);
    },
    lost: renew,
  });
  const stop = () => {
    stopListening();
    memory.end();
  };
  signal.addEventListener("abort", stop, { once: true });
  subscription.renew();
}

function scopeOf(received: BusSignal, listener: UnitListener): LookScope | null {
  // systemd sends this also after `systemctl enable` and the like.
  if (received.member === "Reloading") return received.body[0] === false ? "all" : null;
  const name = changedUnitOf(received);
  if (name === null) return null;
  const units = listener.unitsOf(name);
  return units.size === 0 ? null : { units, paths: new Set() };
}

function tellMemory(memory: UnitMemory, received: BusSignal): void {
  const { member, body } = received;
  if (member === "Reloading") memory.reload(body[0] === true);
  if (member === "UnitRemoved" && typeof body[0] === "string") memory.remove(body[0]);
  const unit = changedUnitOf(received);
  if (unit !== null) memory.change(unit);
}

/** The unit that a signal says has changed: its properties, or because a job of it has ended. */
export function changedUnitOf({ path, member, body }: BusSignal): string | null {
  if (member === "PropertiesChanged") return unitNameOfPath(path);
  const name = member === "JobRemoved" ? body[2] : null;
  return typeof name === "string" ? name : null;
}

/** Sees to it that systemd sends signals to us. */
class Subscription {
  readonly #bus: Bus;
  readonly #onRenewed: () => void;
  readonly #signal: AbortSignal;
  #isOwed = false;
  #isRunning = false;

  constructor(bus: Bus, onRenewed: () => void, signal: AbortSignal) {
    this.#bus = bus;
    this.#onRenewed = onRenewed;
    this.#signal = signal;
  }

  /** Call this when signals may have been lost. When called while it subscribes, it subscribes once more. */
  renew(): void {
    this.#isOwed = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#subscribe().finally(() => {
      this.#isRunning = false;
    });
  }

  async #subscribe(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (this.#isOwed && !this.#signal.aborted) {
      this.#isOwed = false;
      try {
        await this.#bus.addRules([unitChangedRule, unitRemovedRule]);
        await subscribe(this.#bus);
        pauseMs = firstPauseMs;
        if (!this.#isOwed && !this.#signal.aborted) this.#onRenewed();
      } catch {
        // The bus is away. A round says so; here it is only tried again.
        this.#isOwed = true;
        await delay(pauseMs, undefined, { signal: this.#signal }).catch(() => undefined);
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
      }
    }
  }
}
