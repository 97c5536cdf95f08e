/** The result of `check` as text. */
import { formatDiagnostics } from "../../core/diagnostic-text.ts";
import type { Diagnostic } from "../../core/errors.ts";
import { createPainter } from "./style.ts";

export interface CheckedHost {
  readonly host: string;
  readonly units: number;
  readonly files: number;
  readonly secrets: number;
}

export function renderCheck(
  hosts: readonly CheckedHost[],
  diagnostics: readonly Diagnostic[],
  options: { readonly colour: boolean },
): string {
  const paint = createPainter(options.colour);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const lines = hosts.map(
    ({ host, units, files, secrets }) => `${host}: ${units} units, ${files} files, ${secrets} secrets`,
  );
  const verdict = errors === 0 ? paint("green", "✔ no errors") : paint("red", `✖ ${errors} errors`);
  const summary = `${verdict}${warnings === 0 ? "" : `, ${warnings} warnings`}`;
  const report = diagnostics.length === 0 ? [] : [formatDiagnostics(diagnostics)];
  return `${[...report, ...lines, summary].join("\n")}\n`;
}
