/**
 * Knows whether the agent makes progress or is stuck, for systemd's watchdog. Must not know what the work is, and must not
 * end it.
 */

/** Much more than any work without a limit of its own takes: a clone, a validation, a write. */
export const patienceMs = 15 * 60_000;

export interface Stuck {
  /** The work that was begun last and has not ended; null when none is under way. */
  readonly what: string | null;
  /** Milliseconds since that work began; without any, since the last work ended. */
  readonly forMs: number;
}

interface Work {
  readonly what: string;
  readonly beganMs: number;
  readonly deadlineMs: number;
}

/**
 * Waiting counts as progress until the limit of the work that is waited for. The agent is stuck when all work under way is
 * over its limit, or when it has begun nothing for `patienceMs`.
 */
export class Progress {
  readonly #nowMs: () => number;
  readonly #open = new Set<Work>();
  #endedMs: number;

  /** @param nowMs a monotonic clock, milliseconds: setting the wall clock must not make work look long */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#endedMs = nowMs();
  }

  /**
   * Counts `work` as progress while it is under way and within its limit.
   * @param limitMs how long the work may take by its own arguments; `patienceMs` is added
   * @returns what `work` gives
   * @throws what `work` throws
   */
  async during<Result>(what: string, limitMs: number, work: Promise<Result>): Promise<Result> {
    const beganMs = this.#nowMs();
    const entry = { what, beganMs, deadlineMs: beganMs + limitMs + patienceMs };
    this.#open.add(entry);
    try {
      return await work;
    } finally {
      this.#open.delete(entry);
      this.#endedMs = this.#nowMs();
    }
  }

  /** What the agent is stuck in; null while it makes progress. */
  findStuck(): Stuck | null {
    const nowMs = this.#nowMs();
    const open = [...this.#open];
    const last = open.at(-1);
    if (last === undefined) {
      const forMs = nowMs - this.#endedMs;
      return forMs > patienceMs ? { what: null, forMs } : null;
    }
    if (open.some(({ deadlineMs }) => nowMs <= deadlineMs)) return null;
    return { what: last.what, forMs: nowMs - last.beganMs };
  }
}
