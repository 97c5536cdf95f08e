/**
 * Formats diagnostics as text for people: one block each, with the line and a caret. Pure; uses no colours, prints
 * nothing, and passes no control character of a file to a terminal.
 */

import type { Diagnostic } from "../model/errors.ts";

const maxLineWidth = 100;
/** How many characters of a long line are shown before the caret. */
const contextBefore = 60;
const tabWidth = 2;
const ellipsis = "…";

/**
 * Renders each diagnostic as
 *
 *     gitops.yaml:12:5: error: unknown key "on_change"
 *       12 |     on_change: reload
 *          |     ^
 *       hint: did you mean "on-change"?
 *
 * in the given order, separated by newlines, without one at the end. Empty for no diagnostics.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(formatDiagnostic).join("\n");
}

function formatDiagnostic(diagnostic: Diagnostic): string {
  const place = [diagnostic.file, diagnostic.line, diagnostic.column].filter((part) => part !== undefined);
  const lines = [
    `${place.join(":")}: ${diagnostic.severity}: ${diagnostic.message}`.replace(/\s*\n\s*/g, " "),
  ];
  if (diagnostic.line !== undefined && diagnostic.sourceLine?.trim()) {
    lines.push(...formatSource(diagnostic.sourceLine, diagnostic.line, diagnostic.column));
  }
  if (diagnostic.hint !== undefined) lines.push(`  hint: ${diagnostic.hint.replace(/\s*\n\s*/g, " ")}`);
  return lines.map(toPrintable).join("\n");
}

function formatSource(sourceLine: string, line: number, column: number | undefined): readonly string[] {
  const caretAt = column === undefined ? 0 : measure(sourceLine.slice(0, column - 1));
  const shown = cutAround([...expandTabs(sourceLine)], caretAt);
  const gutter = `  ${line} |`;
  const lines = [`${gutter} ${shown.text}`.trimEnd()];
  if (column !== undefined) {
    lines.push(`${" ".repeat(gutter.length - 1)}| ${" ".repeat(shown.caretAt)}^`);
  }
  return lines;
}

function cutAround(characters: readonly string[], caretAt: number): { text: string; caretAt: number } {
  if (characters.length <= maxLineWidth) return { text: characters.join(""), caretAt };
  const start = caretAt < maxLineWidth ? 0 : caretAt - contextBefore;
  const before = start > 0 ? ellipsis : "";
  const after = start + maxLineWidth < characters.length ? ellipsis : "";
  const text = `${before}${characters.slice(start, start + maxLineWidth).join("")}${after}`;
  return { text, caretAt: caretAt - start + before.length };
}

/** Width in characters, so that a pair of surrogates counts once. */
function measure(text: string): number {
  return [...expandTabs(text)].length;
}

function expandTabs(text: string): string {
  return text.replaceAll("\t", " ".repeat(tabWidth));
}

/**
 * Replaces control and format characters: escape sequences, for instance, would let a file change what the terminal
 * shows.
 */
function toPrintable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�");
}
