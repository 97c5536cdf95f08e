/**
 * The daemon's heart: one round after the other, never two at once; woken by time, a push, a signal or a request.
 * Must not know what a round does.
 */

import type { Cause } from "../core/model/attempt.ts";
import type { SyncRequest } from "../core/model/sync-request.ts";
import type { Clock } from "../core/ports/run.ts";
import type { Outcome } from "./outcome.ts";
import type { Round } from "./task.ts";

export interface LoopSettings {
  readonly intervalMs: number;
  /** Between 0 and 1, as Math.random gives it. */
  readonly random: () => number;
  readonly clock: Clock;
}

const longestBackoffMs = 15 * 60_000;

/**
 * How long to wait for the next round: the interval, doubled for each failure in a row up to 15 minutes (but never
 * less than the interval), and ±10 % so that forty hosts do not ask the git server at the same moment.
 */
export function chooseDelayMs(intervalMs: number, failures: number, random: number): number {
  const backoffMs = Math.min(
    intervalMs * 2 ** Math.min(failures, 20),
    Math.max(intervalMs, longestBackoffMs),
  );
  return Math.round(backoffMs * (0.9 + 0.2 * random));
}

interface Waiter {
  readonly request: SyncRequest;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export class Loop {
  readonly #reconcile: (round: Round, signal: AbortSignal) => Promise<Outcome>;
  readonly #settings: LoopSettings;
  #waiters: Waiter[] = [];
  /** A push was noticed since the last round began. */
  #isPushed = false;
  /** Counts what came in, so that each pause knows what is new to it. */
  #hints = 0;
  readonly #pauses = new Set<AbortController>();

  constructor(reconcile: (round: Round, signal: AbortSignal) => Promise<Outcome>, settings: LoopSettings) {
    this.#reconcile = reconcile;
    this.#settings = settings;
  }

  /** A push was noticed: starts a round soon; a round that runs already is followed by another. */
  notePush(): void {
    this.#isPushed = true;
    this.#hint();
  }

  /** Asks for a round that begins after this call, and waits for its outcome. */
  requestRound(request: SyncRequest): Promise<Outcome> {
    const outcome = new Promise<Outcome>((resolve, reject) =>
      this.#waiters.push({ request, resolve, reject }),
    );
    this.#hint();
    return outcome;
  }

  /**
   * Runs until `signal` aborts; a round that is under way then is finished first.
   * @param afterRound told every outcome, for instance to update sd_notify's status
   * @throws what a round throws: a bug or an unreadable state ends the daemon
   */
  async run(afterRound: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let unasked: Cause = "start";
    while (!signal.aborted) {
      const seen = this.#hints;
      const asked = this.#waiters;
      const cause = asked.length > 0 ? "asked" : unasked;
      this.#waiters = [];
      this.#isPushed = false;
      const outcome = await this.#runRound(this.#describeRound(cause, asked), asked, signal);
      failures = outcome.kind === "failed" && outcome.transient ? failures + 1 : 0;
      afterRound(outcome);
      const { intervalMs, random } = this.#settings;
      await this.#pause(seen, chooseDelayMs(intervalMs, failures, random()), signal);
      unasked = this.#isPushed ? "push" : "time";
    }
  }

  #describeRound(cause: Cause, asked: readonly Waiter[]): Round {
    let seen = this.#hints;
    return {
      cause,
      modes: asked.flatMap(({ request }) => request.modes),
      adopt: asked.flatMap(({ request }) => request.adopt),
      nextHint: async (signal) => {
        await this.#pause(seen, this.#settings.intervalMs, signal);
        seen = this.#hints;
        if (this.#waiters.length > 0) return "asked";
        return this.#isPushed ? "push" : "time";
      },
    };
  }

  async #runRound(round: Round, asked: readonly Waiter[], signal: AbortSignal): Promise<Outcome> {
    try {
      const outcome = await this.#reconcile(round, signal);
      for (const { resolve } of asked) resolve(outcome);
      return outcome;
    } catch (error) {
      for (const { reject } of asked) reject(error);
      throw error;
    }
  }

  #hint(): void {
    this.#hints += 1;
    for (const pause of this.#pauses) pause.abort();
  }

  /** Until the time is up, or something came in that whoever waits has not seen. */
  async #pause(seen: number, delayMs: number, signal: AbortSignal): Promise<void> {
    if (this.#hints !== seen || signal.aborted) return;
    const pause = new AbortController();
    this.#pauses.add(pause);
    try {
      await this.#settings.clock.sleep(delayMs, AbortSignal.any([signal, pause.signal]));
    } finally {
      this.#pauses.delete(pause);
    }
  }
}
