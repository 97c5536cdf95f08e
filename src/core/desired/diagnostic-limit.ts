/**
 * Limits the number and length of findings to what a person can read. Findings go into the state, the status and the
 * log, and a commit could otherwise make them as many and as long as it likes. Pure.
 */
import type { Diagnostic } from "../model/errors.ts";

const maxDiagnostics = 200;
const maxTextLength = 500;

/**
 * Keeps at most 200 in the given order, errors before warnings, and adds one that counts the rest. Cuts texts at 500
 * characters.
 */
export function limitDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const warnings = diagnostics.filter(({ severity }) => severity !== "error");
  const kept = new Set([...errors, ...warnings].slice(0, maxDiagnostics));
  const rest = diagnostics.length - kept.size;
  const shown = diagnostics.filter((diagnostic) => kept.has(diagnostic)).map(cutTexts);
  const [first] = errors.length > maxDiagnostics ? errors.slice(maxDiagnostics) : warnings.slice(-1);
  if (rest === 0 || first === undefined) return shown;
  const { severity, file } = first;
  return [...shown, { severity, code: "too-many", file, message: `${rest} more findings are not shown` }];
}

function cutTexts(diagnostic: Diagnostic): Diagnostic {
  const { message, hint } = diagnostic;
  return { ...diagnostic, message: cut(message), ...(hint === undefined ? {} : { hint: cut(hint) }) };
}

function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}
