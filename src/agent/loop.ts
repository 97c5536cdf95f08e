/**
 * Runs the daemon's rounds, one after the other and never two at once. A round starts after the interval, at a push, at a
 * signal or on request. Must not know what a round does.
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
 * How long to wait for the next round, in milliseconds: the interval, doubled for each failure in a row up to 15 minutes
 * (but never less than the interval), and ±10 %, so that many hosts do not ask the git server at the same moment.
 * @param failures rounds in a row that failed because of the repository, systemd or the disk
 * @param random between 0 and 1
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

function joinWishes(asked: readonly Waiter[]): NonNullable<SyncRequest["correct"]> {
  const wishes = asked.map(({ request }) => request.correct ?? []);
  return wishes.includes("all") ? "all" : wishes.flat();
}

/** Runs rounds one after the other, and gathers pushes and requests that come while a round runs. */
export class Loop {
  readonly #reconcile: (round: Round, signal: AbortSignal) => Promise<Outcome>;
  readonly #settings: LoopSettings;
  #waiters: Waiter[] = [];
  /** True when a push was noticed since the last round began. */
  #isPushed = false;
  /** Counts pushes and requests, so that a pause sees whether one came before it began. */
  #hints = 0;
  readonly #pauses = new Set<AbortController>();

  constructor(reconcile: (round: Round, signal: AbortSignal) => Promise<Outcome>, settings: LoopSettings) {
    this.#reconcile = reconcile;
    this.#settings = settings;
  }

  /** Notes a push: a round starts at once, or as soon as the round that is running has ended. */
  notePush(): void {
    this.#isPushed = true;
    this.#hint();
  }

  /**
   * Asks for a round that begins after this call, and waits for its outcome.
   * @throws what the round throws
   */
  requestRound(request: SyncRequest): Promise<Outcome> {
    const outcome = new Promise<Outcome>((resolve, reject) =>
      this.#waiters.push({ request, resolve, reject }),
    );
    this.#hint();
    return outcome;
  }

  /**
   * Runs rounds until `signal` aborts. A round that is under way then is finished first.
   * @param afterRound is called with every outcome, for instance to update the status that systemd shows
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
      correct: joinWishes(asked),
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

  /**
   * Waits for `delayMs`, or until the next push or request. Does not wait when one came in already.
   * @param seen the count of hints that the caller has handled
   */
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
