/**
 * The daemon's heart: one round after the other, never two at once; woken by time, a push, a signal or a request.
 * Must not know what a round does.
 */

import type { Clock } from "../core/ports/run.ts";
import type { Outcome } from "./reconcile.ts";
import type { Round, SyncRequest, Trigger } from "./task.ts";

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

/** What people ask for counts more than that the agent has just started. */
function describeRound(asked: readonly Waiter[], isFirst: boolean): Round {
  const unasked: Trigger = isFirst ? "start" : "poll";
  return {
    trigger: asked.length > 0 ? "asked" : unasked,
    modes: asked.flatMap(({ request }) => request.modes),
    adopt: asked.flatMap(({ request }) => request.adopt),
  };
}

export class Loop {
  private readonly reconcile: (round: Round, signal: AbortSignal) => Promise<Outcome>;
  private readonly settings: LoopSettings;
  private waiters: Waiter[] = [];
  private isWoken = false;
  private wakeUp: () => void = () => {};

  constructor(reconcile: (round: Round, signal: AbortSignal) => Promise<Outcome>, settings: LoopSettings) {
    this.reconcile = reconcile;
    this.settings = settings;
  }

  /** Starts a round soon; a round that runs already is followed by another. */
  wake(): void {
    this.isWoken = true;
    this.wakeUp();
  }

  /** Asks for a round that begins after this call, and waits for its outcome. */
  requestRound(request: SyncRequest): Promise<Outcome> {
    const outcome = new Promise<Outcome>((resolve, reject) =>
      this.waiters.push({ request, resolve, reject }),
    );
    this.wake();
    return outcome;
  }

  /**
   * Runs until `signal` aborts; a round that is under way then is finished first.
   * @param afterRound told every outcome, for instance to update sd_notify's status
   * @throws what a round throws: a bug or an unreadable state ends the daemon
   */
  async run(afterRound: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let isFirst = true;
    while (!signal.aborted) {
      this.isWoken = false;
      const asked = this.waiters;
      this.waiters = [];
      const outcome = await this.runRound(describeRound(asked, isFirst), asked, signal);
      isFirst = false;
      failures = outcome.kind === "failed" && outcome.transient ? failures + 1 : 0;
      afterRound(outcome);
      const { intervalMs, random } = this.settings;
      await this.pause(chooseDelayMs(intervalMs, failures, random()), signal);
    }
  }

  private async runRound(round: Round, asked: readonly Waiter[], signal: AbortSignal): Promise<Outcome> {
    try {
      const outcome = await this.reconcile(round, signal);
      for (const { resolve } of asked) resolve(outcome);
      return outcome;
    } catch (error) {
      for (const { reject } of asked) reject(error);
      throw error;
    }
  }

  private async pause(delayMs: number, signal: AbortSignal): Promise<void> {
    if (this.isWoken || signal.aborted) return;
    const pause = new AbortController();
    this.wakeUp = () => pause.abort();
    try {
      await this.settings.clock.sleep(delayMs, AbortSignal.any([signal, pause.signal]));
    } finally {
      this.wakeUp = () => {};
    }
  }
}
