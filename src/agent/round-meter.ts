/**
 * Measures rounds: how long each phase took, which calls of the ports it made, and what was counted meanwhile. Must not
 * influence a round, and must not know what a call does.
 */
import type { CallFigures, RoundFigures, RoundPhase, WorkCounts } from "../core/model/round-figures.ts";
import type { EventSink, Meter } from "../core/ports/run.ts";

export interface MeterSources {
  /** A monotonic clock, milliseconds. */
  nowMs(): number;
  /** CPU time of this process since its start, milliseconds. */
  cpuMs(): number;
  counts(): WorkCounts;
}

/** Where nobody reads the figures. */
export const noMeter: Meter = { enter: () => undefined };

/** The meter that also reports each part of a round as an event. */
export function tellPhases(meter: Meter, events: EventSink): Meter {
  return {
    enter(phase) {
      meter.enter(phase);
      events.emit({ type: "round.entered", phase });
    },
  };
}

interface Call {
  readonly phase: RoundPhase;
  readonly call: string;
  count: number;
  ms: number;
  open: number;
  openedMs: number;
}

/** Only one round at a time may be measured. */
export class RoundMeter implements Meter {
  readonly #sources: MeterSources;
  readonly #phases = new Map<RoundPhase, number>();
  readonly #calls = new Map<string, Call>();
  #phase: RoundPhase = "fetch";
  #enteredMs = 0;

  constructor(sources: MeterSources) {
    this.#sources = sources;
  }

  enter(phase: RoundPhase): void {
    const nowMs = this.#sources.nowMs();
    this.#phases.set(this.#phase, (this.#phases.get(this.#phase) ?? 0) + nowMs - this.#enteredMs);
    this.#phase = phase;
    this.#enteredMs = nowMs;
  }

  /** Counts a call of a port for the phase that the round is in. @returns what the call gives */
  async during<Result>(name: string, work: Promise<Result>): Promise<Result> {
    const call = this.#begin(name);
    try {
      return await work;
    } finally {
      call.open -= 1;
      if (call.open === 0) call.ms += this.#sources.nowMs() - call.openedMs;
    }
  }

  /**
   * Does a round and emits its figures as `round.measured`, also when it throws.
   * @returns what `work` gives
   * @throws what `work` throws
   */
  async measure<Result>(events: EventSink, work: () => Promise<Result>): Promise<Result> {
    const { nowMs, cpuMs, counts } = this.#sources;
    const before = { ms: nowMs(), cpuMs: cpuMs(), counts: counts() };
    this.#phases.clear();
    this.#calls.clear();
    this.#phase = "fetch";
    this.#enteredMs = before.ms;
    try {
      return await work();
    } finally {
      this.enter("fetch");
      const figures: RoundFigures = {
        durationMs: nowMs() - before.ms,
        cpuMs: cpuMs() - before.cpuMs,
        phases: [...this.#phases].map(([phase, ms]) => ({ phase, ms })),
        calls: this.#listCalls(),
        counts: subtract(counts(), before.counts),
      };
      events.emit({ type: "round.measured", figures });
    }
  }

  #begin(name: string): Call {
    const key = `${this.#phase} ${name}`;
    const fresh = { phase: this.#phase, call: name, count: 0, ms: 0, open: 0, openedMs: 0 };
    const call = this.#calls.get(key) ?? fresh;
    this.#calls.set(key, call);
    call.count += 1;
    call.open += 1;
    if (call.open === 1) call.openedMs = this.#sources.nowMs();
    return call;
  }

  /** The longest first. */
  #listCalls(): readonly CallFigures[] {
    return [...this.#calls.values()]
      .map(({ phase, call, count, ms }) => ({ phase, call, count, ms }))
      .sort((left, right) => right.ms - left.ms);
  }
}

function subtract(after: WorkCounts, before: WorkCounts): WorkCounts {
  return {
    busCalls: after.busCalls - before.busCalls,
    filesRead: after.filesRead - before.filesRead,
    processesStarted: after.processesStarted - before.processesStarted,
  };
}
