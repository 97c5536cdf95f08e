/**
 * Sends things to somewhere outside, one after the other, and keeps them while that does not answer. Must not know what is sent
 * or how, and must not keep more than its limit.
 */
import type { AgentEvent } from "../core/model/events.ts";
import type { Clock } from "../core/ports/run.ts";

const firstPauseMs = 1_000;
const longestPauseMs = 5 * 60_000;
/** The reasons that are reported until it works again. */
const maxReported = 5;
/** The other side may ask for a longer pause than this, and does not get it. */
const longestAskedMs = 3_600_000;

/**
 * `refused`: the other side has the item and does not want it. To send it again would change nothing. `later`: it asks for
 * a pause of so many milliseconds.
 */
export type Sent =
  | { readonly outcome: "sent" }
  | { readonly outcome: "refused"; readonly reason: string }
  | { readonly outcome: "later"; readonly reason: string; readonly afterMs: number };

export interface DeliveryOptions<Item> {
  /** The integration's name in `sink.failed` and `sink.recovered`. */
  readonly name: string;
  /** Items with the same key tell of the same thing: one that comes replaces one that waits. Null: it replaces none. */
  keyOf?(item: Item): string | null;
  /** How many items may wait. Beyond that the oldest is dropped. */
  readonly limit: number;
  /**
   * Sends one item, in limited time. To throw means: try again later. The message of the error is logged: it must not have a
   * secret.
   */
  send(item: Item, signal: AbortSignal): Promise<Sent>;
  tell(event: AgentEvent): void;
  readonly clock: Clock;
  /** Between 0 and 1: spreads the tries of many hosts. */
  random(): number;
}

/**
 * Keeps the order. After a failure it pauses, from 1 second up to 5 minutes, or up to an hour if the other side asks for that, and
 * tries the same item again. A failure is reported as `sink.failed`, once for each reason; the first success after it as
 * `sink.recovered`, with the number of items that were lost.
 */
export class Delivery<Item> {
  readonly #options: DeliveryOptions<Item>;
  readonly #waiting: Item[] = [];
  readonly #stop = new AbortController();
  #working: Promise<void> | null = null;
  #isClosing = false;
  /** What has been reported since it last worked. */
  readonly #reported = new Set<string>();
  #lost = 0;

  constructor(options: DeliveryOptions<Item>) {
    this.#options = options;
  }

  /** How many items wait, with the one that is being sent. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Does not wait, and never throws. */
  push(item: Item): void {
    if (this.#isClosing) return;
    this.#dropReplaced(item);
    this.#waiting.push(item);
    if (this.#waiting.length > this.#options.limit) {
      // The first may be on its way.
      this.#waiting.splice(1, 1);
      this.#fail(`more than ${this.#options.limit} messages wait`, 1);
    }
    this.#working ??= this.#work();
  }

  /** Resolves when everything was sent, or after the grace. What is left then is dropped. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const graceOver = this.#options.clock.sleep(graceMs, this.#stop.signal);
    await Promise.race([this.#working, graceOver]);
    this.#stop.abort();
  }

  #dropReplaced(item: Item): void {
    const key = this.#options.keyOf?.(item) ?? null;
    if (key === null) return;
    // The first is on its way, and may have arrived.
    const index = this.#waiting.findIndex((other, at) => at > 0 && this.#options.keyOf?.(other) === key);
    if (index > 0) this.#waiting.splice(index, 1);
  }

  async #work(): Promise<void> {
    let pauseMs = firstPauseMs;
    for (let item = this.#waiting[0]; item !== undefined; item = this.#waiting[0]) {
      if (this.#stop.signal.aborted) break;
      const least = await this.#try(item);
      if (least === null) {
        this.#waiting.shift();
        pauseMs = firstPauseMs;
        continue;
      }
      const ownMs = pauseMs * (0.75 + this.#options.random() / 2);
      await this.#options.clock.sleep(Math.max(ownMs, least), this.#stop.signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    this.#working = null;
  }

  /** @returns null when the item is done with; otherwise how long to wait at the least, milliseconds */
  async #try(item: Item): Promise<number | null> {
    try {
      const sent = await this.#options.send(item, this.#stop.signal);
      if (sent.outcome === "sent") this.#recover();
      else this.#fail(sent.reason, sent.outcome === "refused" ? 1 : 0);
      return sent.outcome === "later" ? Math.min(sent.afterMs, longestAskedMs) : null;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error instanceof Error ? error.message : String(error), 0);
      return 0;
    }
  }

  #fail(reason: string, lost: number): void {
    this.#lost += lost;
    if (this.#reported.has(reason) || this.#reported.size >= maxReported) return;
    this.#reported.add(reason);
    this.#options.tell({ type: "sink.failed", sink: this.#options.name, reason });
  }

  #recover(): void {
    if (this.#reported.size === 0) return;
    const lost = this.#lost;
    this.#reported.clear();
    this.#lost = 0;
    this.#options.tell({ type: "sink.recovered", sink: this.#options.name, lost });
  }
}
