/** The clock and the event sinks. Contracts only. */
import type { AgentEvent } from "../model/events.ts";

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
