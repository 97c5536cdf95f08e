/** What `doctor` found, as text: a line for each check, and what to do below those that need it. Must not judge anything. */
import type { CheckResult, Checkup } from "../../core/health/checkup.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { renderHint } from "./error.ts";
import { countOf } from "./quantities.ts";
import { createPainter, type Style } from "./style.ts";

const signs: Readonly<Record<CheckResult, readonly [style: Style, sign: string]>> = {
  ok: ["green", "✔"],
  warning: ["yellow", "▲"],
  problem: ["red", "✖"],
  unknown: ["dim", "?"],
};

/** Ends with a line end. */
export function renderCheckups(checkups: readonly Checkup[], options: { readonly colour: boolean }): string {
  const paint = createPainter(options.colour);
  const width = Math.max(...checkups.map(({ check }) => check.length));
  const lines = checkups.flatMap(({ check, result, message, hint }) => {
    const [style, sign] = signs[result];
    const line = `${paint(style, sign)} ${check.padEnd(width)}  ${escapeUnprintable(message)}`;
    return hint === null ? [line] : [line, `  ${" ".repeat(width)}  ${renderHint(hint, paint)}`];
  });
  const count = (result: CheckResult) => checkups.filter((checkup) => checkup.result === result).length;
  const summary = [
    countOf(count("problem"), "problem"),
    countOf(count("warning"), "warning"),
    `${count("unknown")} not known`,
  ].join(", ");
  return `${lines.join("\n")}\n\n${summary}\n`;
}
