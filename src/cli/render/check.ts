/** The result of `check` as text. */
import { formatDiagnostics } from "../../core/check/diagnostic-text.ts";
import type { Suggestion } from "../../core/check/suggest.ts";
import { describeUnmentioned, nameFirst } from "../../core/desired/unmentioned.ts";
import type { Diagnostic } from "../../core/model/errors.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { countOf } from "./quantities.ts";
import { createPainter, type Painter } from "./style.ts";

export interface CheckedHost {
  readonly host: string;
  readonly units: number;
  readonly files: number;
  readonly secrets: number;
}

export interface CheckRenderOptions {
  readonly colour: boolean;
  /** Paths of managed files that no unit mentions. */
  readonly unmentioned: readonly string[];
  /** Repository paths that are no units. */
  readonly passedOver: readonly string[];
  /** Whether all of those are named. */
  readonly verbose: boolean;
}

export function renderCheck(
  hosts: readonly CheckedHost[],
  diagnostics: readonly Diagnostic[],
  options: CheckRenderOptions,
): string {
  const paint = createPainter(options.colour);
  const lines = hosts.map(
    ({ host, units, files, secrets }) =>
      `${host}: ${countOf(units, "unit")}, ${countOf(files, "file")}, ${countOf(secrets, "secret")}`,
  );
  const sentences = [describeUnmentioned(options.unmentioned), ...describePassedOver(options)];
  const notes = sentences.flatMap((text) => (text === null ? [] : [paint("dim", escapeUnprintable(text))]));
  return renderFindings(diagnostics, [...lines, ...notes], "", paint);
}

/**
 * What is proposed, before the check with it.
 * @param proposal the text for gitops.yaml; null when the defaults fit
 * @param userUnits what no layout finds, since it is for the service managers of users
 */
export function renderSuggestion(
  suggestion: Suggestion | null,
  proposal: string | null,
  userUnits: readonly string[],
): string {
  const left =
    userUnits.length === 0
      ? ""
      : `${countOf(userUnits.length, "unit")} of users left out, since the agent manages the units of the system only: ${escapeUnprintable(nameFirst(userUnits))}\n`;
  if (suggestion === null)
    return `there is no unit of the system in this repository, so no layout is proposed\n${left}\n`;
  if (proposal === null) return `the default layout fits, and gitops.yaml need not name one\n${left}\n`;
  const intro = "gitops.yaml at the top of the repository can say:";
  return `${intro}\n\n${escapeLines(proposal)}\n${left}with that it has:\n`;
}

function escapeLines(text: string): string {
  return text.split("\n").map(escapeUnprintable).join("\n");
}

function describePassedOver({ passedOver, verbose }: CheckRenderOptions): readonly string[] {
  if (passedOver.length === 0) return [];
  const what = `passed over ${countOf(passedOver.length, "file")} that ${passedOver.length === 1 ? "is no unit" : "are no units"}`;
  if (!verbose) return [`${what}: ${nameFirst(passedOver)} (--verbose names all)`];
  return [`${what}:`, ...passedOver.map((path) => `  ${path}`)];
}

/** The findings, then `lines`, then a last line with `subject` and the number of findings. */
export function renderFindings(
  diagnostics: readonly Diagnostic[],
  lines: readonly string[],
  subject: string,
  paint: Painter,
): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const verdict =
    errors === 0 ? paint("green", "✔ no errors") : paint("red", `✖ ${countOf(errors, "error")}`);
  const summary = `${subject}${verdict}${warnings === 0 ? "" : `, ${countOf(warnings, "warning")}`}`;
  const report = diagnostics.length === 0 ? [] : [formatDiagnostics(diagnostics)];
  return `${[...report, ...lines, summary].join("\n")}\n`;
}
