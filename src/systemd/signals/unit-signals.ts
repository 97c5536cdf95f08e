/**
 * Tells from systemd's signals which units may have changed. Must not ask for the state of units.
 *
 * UnitNew and UnitRemoved are not asked for. systemd loads a unit whenever anybody asks for it, also the agent, and drops it
 * again, and sends both each time: a look would lead to the next look. Every change of a unit that is loaded comes with
 * PropertiesChanged, JobRemoved or Reloading as well (measured on 252).
 */
import { setTimeout as delay } from "node:timers/promises";
import type { LookScope } from "../../core/model/drift.ts";
import type { Bus } from "../bus/bus.ts";
import type { BusSignal } from "../bus/connection.ts";
import { subscribe, unitNameOfPath } from "../bus/manager-calls.ts";

// systemd sends the properties of a service, a socket and so on in signals of their own. Whatever changes them changes those
// of the unit, too.
const unitChangedRule =
  "type='signal',sender='org.freedesktop.systemd1',path_namespace='/org/freedesktop/systemd1/unit'," +
  "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',arg0='org.freedesktop.systemd1.Unit'";
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
 */
export function watchUnits(bus: Bus, listener: UnitListener, signal: AbortSignal): void {
  const subscription = new Subscription(bus, () => listener.onHint("all"), signal);
  const stopListening = bus.listen({
    signal: (received) => {
      if (received.member === "NameOwnerChanged") subscription.renew();
      const scope = scopeOf(received, listener);
      if (scope !== null) listener.onHint(scope);
    },
    lost: () => subscription.renew(),
  });
  signal.addEventListener("abort", stopListening, { once: true });
  subscription.renew();
}

function scopeOf({ path, member, body }: BusSignal, listener: UnitListener): LookScope | null {
  // systemd sends this also after `systemctl enable` and the like.
  if (member === "Reloading") return body[0] === false ? "all" : null;
  const name =
    member === "PropertiesChanged" ? unitNameOfPath(path) : member === "JobRemoved" ? body[2] : null;
  if (typeof name !== "string") return null;
  const units = listener.unitsOf(name);
  return units.size === 0 ? null : { units, paths: new Set() };
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
        await this.#bus.addRules([unitChangedRule]);
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
