/** The line of one event: apart from the log, because a command that only shows events needs no pino. */
import type { StreamedEvent } from "../core/model/streamed-event.ts";
import { formatTextLine } from "../telemetry/text-line.ts";

/** An event as the log would show it on a terminal. */
export function formatStreamedEvent({ level, at, event, fields }: StreamedEvent): string {
  return formatTextLine({ level, timeMs: Date.parse(at), event, fields }, "plain");
}
