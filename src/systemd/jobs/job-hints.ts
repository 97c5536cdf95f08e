/**
 * Remembers which units had a job that ended since somebody asked, by systemd's signals: automatic restarts of services are
 * jobs, too. A hint of where to look, never an answer. Must not queue jobs.
 */
import type { Bus } from "../bus/bus.ts";
import { managerInterface, subscribe } from "../bus/manager-calls.ts";

// A host that has more in one round is looked at as a whole.
const maxNames = 10_000;

export class JobHints {
  readonly #bus: Bus;
  #names = new Set<string>();
  /** False until we have asked for signals, and after each loss of some. */
  #isComplete = false;

  /** @param bus made with `jobWatchRules` */
  constructor(bus: Bus) {
    this.#bus = bus;
    bus.listen({
      signal: ({ member, interface: name, body }) => {
        if (member === "NameOwnerChanged") this.#isComplete = false;
        const unit = body[2];
        if (member === "JobRemoved" && name === managerInterface && typeof unit === "string") this.#add(unit);
      },
      lost: () => {
        this.#isComplete = false;
      },
    });
  }

  /** As `takeHints` of ManagerPort; null also at first. */
  async take(): Promise<ReadonlySet<string> | null> {
    const names = this.#names;
    this.#names = new Set();
    if (this.#isComplete) return names;
    await subscribe(this.#bus);
    this.#isComplete = true;
    return null;
  }

  #add(unit: string): void {
    this.#names.add(unit);
    if (this.#names.size <= maxNames) return;
    this.#names.clear();
    this.#isComplete = false;
  }
}
