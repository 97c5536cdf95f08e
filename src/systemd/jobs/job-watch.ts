/**
 * Learns how jobs end: from systemd's signals, and by asking systemd when a signal may be missing. Must not queue jobs.
 */
import type { Bus } from "../bus/bus.ts";
import { BusError } from "../bus/bus-error.ts";
import type { BusSignal } from "../bus/connection.ts";
import { jobInterface, managerInterface, readProperty, subscribe } from "../bus/manager-calls.ts";

const jobRemovedRule =
  "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1'," +
  `interface='${managerInterface}',member='JobRemoved'`;
// Tells that systemd left the bus or came back. It re-executed then, and signals may have been lost meanwhile.
const managerMovedRule =
  "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus'," +
  "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.systemd1'";

const reloadingRule =
  "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1'," +
  `interface='${managerInterface}',member='Reloading'`;

/** The match rules that the bus of a JobWatch must be made with, so that it receives the signals. */
export const jobWatchRules: readonly string[] = [jobRemovedRule, managerMovedRule, reloadingRule];

// How often systemd is asked about jobs although nothing tells that a signal was lost.
const recheckMs = 5_000;

/** The ends of jobs from the first `subscribe()` until `close()`. */
export class JobWatch {
  readonly #bus: Bus;
  /** Results by job path, also of jobs that nobody waits for yet: the signal may overtake the answer with the path. */
  readonly #ended = new Map<string, string>();
  readonly #waiting = new Map<string, ((result: string | null) => void)[]>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #subscription: Promise<void> | null = null;
  #isRechecking = false;
  #isRecheckOwed = false;
  #isClosed = false;

  /** @param bus made with `jobWatchRules` */
  constructor(bus: Bus) {
    this.#bus = bus;
    this.#stopListening = bus.listen({
      signal: (signal) => this.#receive(signal),
      lost: () => this.#renew(),
    });
    this.#timer = setInterval(() => this.#recheck(), recheckMs);
  }

  /**
   * Makes sure that systemd sends signals to this connection.
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  subscribe(): Promise<void> {
    if (this.#subscription !== null) return this.#subscription;
    const subscription = subscribe(this.#bus);
    this.#subscription = subscription;
    subscription.catch(() => {
      if (this.#subscription === subscription) this.#subscription = null;
    });
    return subscription;
  }

  /** How the job ended, in systemd's word; null when the job is gone and no signal told how it ended. */
  waitForEnd(path: string): Promise<string | null> {
    const result = this.#ended.get(path);
    if (result !== undefined) return Promise.resolve(result);
    return new Promise((resolve) => {
      this.#waiting.set(path, [...(this.#waiting.get(path) ?? []), resolve]);
    });
  }

  /** Ends the watch. A promise of `waitForEnd` that is still pending then never settles. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#stopListening();
  }

  #receive(signal: BusSignal): void {
    if (signal.member === "NameOwnerChanged") this.#renew();
    if (signal.member !== "JobRemoved" || signal.interface !== managerInterface) return;
    const [, path, , result] = signal.body;
    if (typeof path === "string" && typeof result === "string") this.#settle(path, result);
  }

  #settle(path: string, result: string | null): void {
    if (result !== null) this.#ended.set(path, result);
    const waiting = this.#waiting.get(path) ?? [];
    this.#waiting.delete(path);
    for (const resolve of waiting) resolve(result);
  }

  #renew(): void {
    this.#subscription = null;
    this.#recheck();
  }

  /** Asks systemd about the jobs that are waited for. When called while it is asking, it asks once more afterwards. */
  #recheck(): void {
    if (this.#isClosed || this.#waiting.size === 0) return;
    this.#isRecheckOwed = true;
    if (this.#isRechecking) return;
    this.#isRechecking = true;
    void this.#settleEnded().finally(() => {
      this.#isRechecking = false;
    });
  }

  async #settleEnded(): Promise<void> {
    while (this.#isRecheckOwed) {
      this.#isRecheckOwed = false;
      try {
        await this.subscribe();
        await Promise.all([...this.#waiting.keys()].map((path) => this.#recheckJob(path)));
      } catch {
        // Not reachable yet: the timer asks again.
      }
    }
  }

  async #recheckJob(path: string): Promise<void> {
    try {
      await readProperty(this.#bus, path, jobInterface, "State");
    } catch (error) {
      if (!(error instanceof BusError) || error.failure !== "refused") throw error;
      // The job is gone. A signal about its end would have come before this answer: the bus keeps a sender's messages
      // in order.
      this.#settle(path, null);
    }
  }
}
