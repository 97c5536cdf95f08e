/** The result of `check` as text. */
import { formatDiagnostics } from "../../core/check/diagnostic-text.ts";
import { describeUnmentioned } from "../../core/desired/unmentioned.ts";
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

export function renderCheck(
  hosts: readonly CheckedHost[],
  diagnostics: readonly Diagnostic[],
  options: { readonly colour: boolean; readonly unmentioned: readonly string[] },
): string {
  const paint = createPainter(options.colour);
  const lines = hosts.map(
    ({ host, units, files, secrets }) =>
      `${host}: ${countOf(units, "unit")}, ${countOf(files, "file")}, ${countOf(secrets, "secret")}`,
  );
  const sentence = describeUnmentioned(options.unmentioned);
  const note = sentence === null ? [] : [paint("dim", escapeUnprintable(sentence))];
  return renderFindings(diagnostics, [...lines, ...note], "", paint);
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
