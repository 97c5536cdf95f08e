/** The clock, the event sinks and the meter. Contracts only. */
import type { AgentEvent } from "../model/events.ts";
import type { RoundPhase } from "../model/round-figures.ts";

/** Takes the agent's events. The agent does not learn whether an event is delivered. */
export interface EventSink {
  emit(event: AgentEvent): void;
}

/** One destination of events. */
export interface NamedSink {
  /** The name in the events `sink.failed` and `sink.recovered`. */
  readonly name: string;
  /**
   * Takes one event. If it returns a promise, the next event comes after it. If it throws or rejects, the event is
   * lost.
   */
  emit(event: AgentEvent): void | Promise<void>;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Is told where a round is. Nothing depends on what it does with that. */
export interface Meter {
  /** The round comes to another part; it stays there until the next call. */
  enter(phase: RoundPhase): void;
}
