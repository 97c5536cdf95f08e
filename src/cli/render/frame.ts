/** Fits a text into the window of a terminal that is drawn over the one before: no line wraps, and nothing scrolls. Pure. */
import { stripVTControlCharacters } from "node:util";
import { displayWidth } from "./table.ts";

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

const eraseToEnd = "\u001b[K";
const reset = "\u001b[0m";

/**
 * The lines that the window has room for, each erased behind its end, and the last one for `footer` and how many are missing.
 * @param text lines with line ends, perhaps coloured
 */
export function fitFrame(text: string, { columns, rows }: WindowSize, footer: string): string {
  const lines = text.trimEnd().split("\n");
  const room = Math.max(1, rows - 1);
  const shown = lines.slice(0, room).map((line) => `${cutLine(line, columns)}${eraseToEnd}`);
  const missing = lines.length - shown.length;
  const more = missing > 0 ? `… ${missing} more lines · ${footer}` : footer;
  const blank = Array.from({ length: Math.max(0, room - shown.length) }, () => eraseToEnd);
  return [...shown, ...blank, `${cutLine(more, columns)}${eraseToEnd}`].join("\r\n");
}

/** A line that is too long loses its colours with its end. */
function cutLine(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  if (displayWidth(plain) <= columns) return line;
  let cut = "";
  for (const character of plain) {
    if (displayWidth(cut + character) > columns - 1) break;
    cut += character;
  }
  return `${reset}${cut}…`;
}
