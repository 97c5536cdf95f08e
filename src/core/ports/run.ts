/** Time, and where events go. Contracts only. */
import type { AgentEvent } from "../model/events.ts";

export interface EventSink {
  emit(event: AgentEvent): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
