/** Passes hints on, later and fewer: neither a flood nor a replay makes the agent ask the git server more often. */
import type { Clock } from "../../core/ports/run.ts";

/** Between two hints that are passed on. */
const pauseMs = 5_000;

export interface HintOptions {
  /** The longest wait before a hint is passed on: spreads the questions of many hosts. Milliseconds. */
  readonly jitterMs: number;
  hint(): void;
  readonly clock: Clock;
  /** Between 0 and 1. */
  random(): number;
}

export class Hints {
  readonly #options: HintOptions;
  readonly #stop = new AbortController();
  #lastMs = Number.NEGATIVE_INFINITY;
  #isDue = false;

  constructor(options: HintOptions) {
    this.#options = options;
  }

  /** One that comes while another waits is the same. */
  take(): void {
    if (this.#isDue || this.#stop.signal.aborted) return;
    this.#isDue = true;
    void this.#pass();
  }

  close(): void {
    this.#stop.abort();
  }

  async #pass(): Promise<void> {
    const { clock, jitterMs, random, hint } = this.#options;
    const restMs = Math.max(0, this.#lastMs + pauseMs - clock.now());
    await clock.sleep(restMs + random() * jitterMs, this.#stop.signal);
    this.#isDue = false;
    if (this.#stop.signal.aborted) return;
    this.#lastMs = clock.now();
    hint();
  }
}
