/** An expected failure as text. Must not print, exit or show a stack. */
import { formatDiagnostics } from "../../core/check/diagnostic-text.ts";
import type { AgentError } from "../../core/model/errors.ts";
import type { SyncFailure } from "../../core/model/failure.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { createPainter, type Painter } from "./style.ts";

/** `error:` what and where, every diagnostic with its line, `hint:` what to do. Ends with a line end. */
export function renderError(error: AgentError, options: { readonly colour: boolean }): string {
  const paint = createPainter(options.colour);
  const lines = [`${paint("red", "error:")} ${escapeUnprintable(error.message)}${subjectOf(error)}`];
  if (error.diagnostics.length > 0) lines.push(formatDiagnostics(error.diagnostics));
  if (error.hint !== undefined) lines.push(renderHint(error.hint, paint));
  return `${lines.join("\n")}\n`;
}

export const degradedHint =
  "push a fix; or repair the cause on this host, systemctl restart UNIT, and let gitops-agent sync look again";

/** The message and the details, without details that the end of the message or the hint repeats. */
export function listFailureLines({
  message,
  details,
  hint,
}: Pick<SyncFailure, "message" | "details" | "hint">): readonly string[] {
  const isSaid = (detail: string) => message.endsWith(detail) || detail.trimStart() === `hint: ${hint}`;
  return [message, ...details.filter((detail) => !isSaid(detail))];
}

export function renderHint(hint: string, paint: Painter): string {
  return `${paint("cyan", "hint:")} ${escapeUnprintable(hint)}`;
}

function subjectOf(error: AgentError): string {
  if (error.subject === undefined || error.message.includes(error.subject)) return "";
  return ` (${escapeUnprintable(error.subject)})`;
}
