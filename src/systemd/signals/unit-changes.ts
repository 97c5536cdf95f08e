/** Waits until systemd says that one of some units has changed. Must not ask for the state of units. */
import type { UnitChanges } from "../../core/ports/systemd.ts";
import type { Bus } from "../bus/bus.ts";
import { subscribe } from "../bus/manager-calls.ts";
import { changedUnitOf, unitChangedRule } from "./unit-signals.ts";

/**
 * As `watchChanges` of ManagerPort.
 * @param bus made with the rules of JobWatch
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
export async function watchUnitChanges(bus: Bus, names: readonly string[]): Promise<UnitChanges> {
  const watch = new ChangeWatch(bus, new Set(names));
  try {
    await bus.addRules([unitChangedRule]);
    await subscribe(bus);
    return watch;
  } catch (error) {
    watch.close();
    throw error;
  }
}

class ChangeWatch implements UnitChanges {
  readonly close: () => void;
  #hasChanged = false;
  #wake: () => void = () => undefined;

  constructor(bus: Bus, names: ReadonlySet<string>) {
    const note = () => {
      this.#hasChanged = true;
      this.#wake();
    };
    this.close = bus.listen({
      signal: (received) => {
        const name = changedUnitOf(received);
        if (name !== null && names.has(name)) note();
      },
      lost: note,
    });
  }

  async next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#hasChanged) await this.#wait(timeoutMs, signal);
    this.#hasChanged = false;
    signal.throwIfAborted();
  }

  #wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      signal.addEventListener("abort", end, { once: true });
      this.#wake = end;
    });
  }
}
