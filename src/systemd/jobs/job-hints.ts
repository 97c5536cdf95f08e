/**
 * Remembers, from systemd's signals, which units had a job that ended since the last question, and whether systemd has
 * loaded its unit files anew. Automatic restarts of
 * services are jobs, too. The names only tell where to look; the state is read from systemd. Must not queue jobs.
 */
import type { Bus } from "../bus/bus.ts";
import { managerInterface, subscribe } from "../bus/manager-calls.ts";

// With more names in one round, all units of the host are looked at instead.
const maxNames = 10_000;

export class JobHints {
  readonly #bus: Bus;
  #names = new Set<string>();
  /** False until signals were asked for, and again whenever signals may have been lost. */
  #isComplete = false;
  #isReloaded = true;

  /** @param bus made with `jobWatchRules` */
  constructor(bus: Bus) {
    this.#bus = bus;
    bus.listen({
      signal: ({ member, interface: name, body }) => {
        if (member === "NameOwnerChanged") this.#isComplete = false;
        // The argument says whether the reload begins or has ended.
        if (member === "Reloading" && body[0] === false) this.#isReloaded = true;
        const unit = body[2];
        if (member === "JobRemoved" && name === managerInterface && typeof unit === "string") this.#add(unit);
      },
      lost: () => {
        this.#isComplete = false;
      },
    });
  }

  /** As `takeHints` of ManagerPort; also null at the first call. */
  async take(): Promise<ReadonlySet<string> | null> {
    const names = this.#names;
    this.#names = new Set();
    if (this.#isComplete) return names;
    await subscribe(this.#bus);
    this.#isComplete = true;
    this.#isReloaded = true;
    return null;
  }

  /** As `takeReload` of ManagerPort. */
  takeReload(): boolean {
    const isReloaded = this.#isReloaded;
    this.#isReloaded = false;
    return isReloaded;
  }

  #add(unit: string): void {
    this.#names.add(unit);
    if (this.#names.size <= maxNames) return;
    this.#names.clear();
    this.#isComplete = false;
  }
}
