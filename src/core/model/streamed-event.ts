/** An event of the agent as readers of the event stream get it. Pure data only. */
import type { LogLevel } from "./log-settings.ts";

export interface StreamedEvent {
  /** With the same number, fields may be added, but none is removed or changes its meaning. */
  readonly version: 1;
  /** Grows by one from event to event while the agent runs; begins again after its restart. */
  readonly id: number;
  /** When the agent was started. Equal ids of two runs are different events. ISO 8601. */
  readonly run: string;
  /** ISO 8601. */
  readonly at: string;
  readonly level: LogLevel;
  /** The name of the event, as in the log: `revision.applied`. */
  readonly event: string;
  /** As in the log. */
  readonly fields: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}
