/** Turns errors into what the record keeps and what the log shows. Must not decide what a failure means. */
import { formatDiagnostics } from "../core/check/diagnostic-text.ts";
import { AgentError } from "../core/model/errors.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { EventSink } from "../core/ports/run.ts";
import { UnhealthyError } from "./sync.ts";

/**
 * Makes the record of an error.
 * @param lasting the failure before; one with the same code passes on its `since`
 * @param now ISO 8601
 * @throws `error` itself when it is not an AgentError: a bug must not look like a bad revision
 */
export function describeFailure(error: unknown, lasting: SyncFailure | null, now: string): SyncFailure {
  if (!(error instanceof AgentError)) throw error;
  const details = error.diagnostics.length === 0 ? [] : formatDiagnostics(error.diagnostics).split("\n");
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    details: error instanceof UnhealthyError ? error.listDetails() : details,
    since: lasting?.code === error.code ? lasting.since : now,
  };
}

/** Reports a failure that does not end the round. */
export function warnOf(events: EventSink, message: string, { message: what, hint }: AgentError): void {
  const reason = hint === undefined ? what : `${what} (${hint})`;
  events.emit({ type: "agent.warned", message, reason });
}
