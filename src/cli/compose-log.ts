/** The log of those commands that write one: apart from the composition, because a command that only reads needs no pino. */
import type { AgentConfig } from "../config/agent-config.ts";
import type { NamedSink } from "../core/ports/run.ts";
import { EventRing } from "../telemetry/event-ring.ts";
import { createEventLog, detectLineStyle, openStandardOutput } from "../telemetry/log.ts";

/** The last events, for readers of the event stream. For the daemon only. */
export function openEventRing(): EventRing {
  return new EventRing(new Date().toISOString(), () => Date.now());
}

/** The log on standard output, as agent.yaml wants it. */
export function openLog(config: AgentConfig): NamedSink {
  const log = createEventLog({
    ...config.log,
    style: detectLineStyle(process.env["JOURNAL_STREAM"]),
    writer: openStandardOutput(),
    now: () => Date.now(),
  });
  return { name: "log", emit: (event) => log.emit(event) };
}
