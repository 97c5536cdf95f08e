/**
 * Runs the daemon's rounds, one after the other and never two at once. A round starts after the interval, when a wait ends, at a
 * push, at a signal or on request. Between rounds it looks at what hints name. Must not know what a round or a look does.
 */

import { findDueLook } from "../core/drift/due-look.ts";
import type { Cause } from "../core/model/attempt.ts";
import type { DriftSettings, LookScope } from "../core/model/drift.ts";
import type { SyncRequest } from "../core/model/sync-request.ts";
import type { Clock } from "../core/ports/run.ts";
import { HintedLooks } from "./hinted-looks.ts";
import type { Outcome } from "./outcome.ts";
import type { Round } from "./task.ts";

export interface LoopWork {
  /** @throws a bug or an unreadable state, which ends the loop */
  reconcile(round: Round, signal: AbortSignal): Promise<Outcome>;
  /**
   * Looks at a part of the host without a fetch, and puts back what is due.
   * @throws a bug or an unreadable state, which ends the loop
   */
  look(scope: LookScope, signal: AbortSignal): Promise<Outcome>;
}

export interface LoopSettings {
  readonly intervalMs: number;
  /** Between 0 and 1, as Math.random gives it. */
  readonly random: () => number;
  readonly clock: Clock;
  /** A monotonic clock, milliseconds: setting the wall clock must not move the next round. */
  readonly nowMs: () => number;
  readonly drift: DriftSettings;
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

/** Runs rounds one after the other, and gathers pushes, requests and hints that come while a round runs. */
export class Loop {
  readonly #work: LoopWork;
  readonly #settings: LoopSettings;
  readonly #looks: HintedLooks;
  #waiters: Waiter[] = [];
  /** True when a push was noticed since the last round began. */
  #isPushed = false;
  /** Counts pushes and requests, so that a pause sees whether one came before it began. */
  #calls = 0;
  /** Waits of rounds that go on. Pushes and requests end them, and hints do not. */
  readonly #waits = new Set<AbortController>();
  /** Waits between rounds. Hints end them, too. */
  readonly #rests = new Set<AbortController>();

  constructor(work: LoopWork, settings: LoopSettings) {
    this.#work = work;
    this.#settings = settings;
    this.#looks = new HintedLooks(settings.nowMs);
  }

  /** Notes a push: a round starts at once, or as soon as the round that is running has ended. */
  notePush(): void {
    this.#isPushed = true;
    this.#call();
  }

  /**
   * Notes that something on the host may have changed. It is looked at shortly after, or after the round that is running,
   * unless a round looks at everything before.
   */
  noteHint(scope: LookScope): void {
    if (!this.#looks.add(scope)) return;
    for (const rest of this.#rests) rest.abort();
  }

  /**
   * Asks for a round that begins after this call, and waits for its outcome.
   * @throws what the round throws
   */
  requestRound(request: SyncRequest): Promise<Outcome> {
    const outcome = new Promise<Outcome>((resolve, reject) =>
      this.#waiters.push({ request, resolve, reject }),
    );
    this.#call();
    return outcome;
  }

  /**
   * Runs rounds until `signal` aborts. A round that is under way then is finished first.
   * @param afterwards is called with every outcome of a round or a look, for instance to update the status that systemd
   *   shows
   * @throws what a round or a look throws
   */
  async run(afterwards: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let unasked: Cause = "start";
    while (!signal.aborted) {
      const seen = this.#calls;
      const asked = this.#waiters;
      const cause = asked.length > 0 ? "asked" : unasked;
      this.#waiters = [];
      this.#isPushed = false;
      const outcome = await this.#runRound(this.#describeRound(cause, asked), asked, signal);
      failures = outcome.kind === "failed" && outcome.transient ? failures + 1 : 0;
      this.#conclude(outcome, afterwards);
      const { intervalMs, random, nowMs, clock } = this.#settings;
      const delayMs = chooseDelayMs(intervalMs, failures, random());
      const endsInMs = Date.parse(outcome.dueAt ?? "") - clock.now();
      // A window may be shorter than the interval.
      const dueMs = nowMs() + (endsInMs < delayMs ? Math.max(0, endsInMs) : delayMs);
      await this.#lookUntilDue(seen, dueMs, afterwards, signal);
      unasked = this.#isPushed ? "push" : "time";
    }
  }

  #describeRound(cause: Cause, asked: readonly Waiter[]): Round {
    let seen = this.#calls;
    return {
      cause,
      modes: asked.flatMap(({ request }) => request.modes),
      adopt: asked.flatMap(({ request }) => request.adopt),
      correct: joinWishes(asked),
      decisions: asked.flatMap(({ request }) => request.decisions ?? []),
      beginFullLook: async () => this.#looks.cover(),
      nextHint: async (signal) => {
        await this.#pause(seen, this.#settings.intervalMs, signal, this.#waits);
        seen = this.#calls;
        if (this.#waiters.length > 0) return "asked";
        return this.#isPushed ? "push" : "time";
      },
    };
  }

  async #runRound(round: Round, asked: readonly Waiter[], signal: AbortSignal): Promise<Outcome> {
    try {
      const outcome = await this.#work.reconcile(round, signal);
      for (const { resolve } of asked) resolve(outcome);
      return outcome;
    } catch (error) {
      for (const { reject } of asked) reject(error);
      throw error;
    }
  }

  /** Returns when the next round is due: at `dueMs`, or at a push or a request since `seen` was counted. */
  async #lookUntilDue(
    seen: number,
    dueMs: number,
    afterwards: (outcome: Outcome) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      const leftMs = dueMs - this.#settings.nowMs();
      if (this.#calls !== seen || signal.aborted || leftMs <= 0) return;
      const lookInMs = this.#looks.dueInMs();
      if (lookInMs > 0) {
        await this.#pause(seen, Math.min(leftMs, lookInMs), signal, this.#rests);
        continue;
      }
      this.#conclude(await this.#looks.during((scope) => this.#work.look(scope, signal)), afterwards);
    }
  }

  #conclude(outcome: Outcome, afterwards: (outcome: Outcome) => void): void {
    const { drift, lookFailure } = outcome.record;
    const { clock, drift: settings } = this.#settings;
    // While systemd does not answer, another look finds out no more.
    this.#looks.expect(lookFailure === null ? findDueLook(drift, clock.now(), settings) : null);
    afterwards(outcome);
  }

  #call(): void {
    this.#calls += 1;
    for (const pause of [...this.#waits, ...this.#rests]) pause.abort();
  }

  /**
   * Waits for `delayMs`, or until the next push or request. Does not wait when one came in already.
   * @param seen the count of calls that the caller has handled
   * @param pauses where others find the pause, to end it
   */
  async #pause(
    seen: number,
    delayMs: number,
    signal: AbortSignal,
    pauses: Set<AbortController>,
  ): Promise<void> {
    if (this.#calls !== seen || signal.aborted) return;
    const pause = new AbortController();
    const end = () => pause.abort();
    pauses.add(pause);
    signal.addEventListener("abort", end, { once: true });
    try {
      await this.#settings.clock.sleep(delayMs, pause.signal);
    } finally {
      signal.removeEventListener("abort", end);
      pauses.delete(pause);
    }
  }
}
