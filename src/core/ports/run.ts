/** Time, and where events go. Contracts only. */
import type { AgentEvent } from "../model/events.ts";

/** What the agent reports to. It is not told what becomes of an event. */
export interface EventSink {
  emit(event: AgentEvent): void;
}

/** One place where events go. */
export interface NamedSink {
  /** As `sink.failed` and `sink.recovered` call it. */
  readonly name: string;
  /** Takes one event. The next one comes after the promise that this returns, if it does. May throw or reject: the event is lost. */
  emit(event: AgentEvent): void | Promise<void>;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
