/**
 * Knows whether the agent gets on with its work or is stuck, for the watchdog of systemd. Must not know what the work is, and
 * must not end it.
 */

/** Far more than anything takes that has no limit of its own given with it: a clone, a validation, a write. */
export const patienceMs = 15 * 60_000;

export interface Stuck {
  /** What was begun last and has not ended; null when nothing was begun after what ended last. */
  readonly what: string | null;
  /** Milliseconds since it began, or since the last one ended. */
  readonly forMs: number;
}

interface Work {
  readonly what: string;
  readonly beganMs: number;
  readonly deadlineMs: number;
}

/**
 * Waiting is progress as long as what is waited for may take: each piece of work says how long that is. The agent is stuck when
 * all that it has begun is overdue, or when it has begun nothing for `patienceMs`.
 */
export class Progress {
  readonly #nowMs: () => number;
  readonly #open = new Set<Work>();
  #endedMs: number;

  /** @param nowMs monotonic, milliseconds: a clock that is set must not look like work that takes long */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#endedMs = nowMs();
  }

  /**
   * Counts `work` as progress while it lasts, and gives what it gives.
   * @param limitMs how long it may take by itself; `patienceMs` is added
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

  /** Null while the agent gets on. */
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
