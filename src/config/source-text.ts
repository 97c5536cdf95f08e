/** The text of a configuration file, with its places by line and column. Knows nothing of YAML. */

import { holdsPrivateKey, holdsSecret } from "./secret-text.ts";

/** `line` and `column` count from 1; a column counts UTF-16 code units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Absent when the line is very long or holds something that must not be shown. */
  readonly sourceLine?: string;
}

export interface SourceText {
  /** Without a byte order mark. */
  readonly text: string;
  /** Any offset is accepted: one outside the text means its nearest end. */
  locate(offset: number): Place;
  /** The line alone, cheaply. */
  lineOf(offset: number): number;
}

const maxShownLine = 1000;

export function createSourceText(raw: string): SourceText {
  const text = raw.startsWith("\uFEFF") ? raw.slice(1) : raw;
  const lineStarts = findLineStarts(text);
  const hidesAll = holdsPrivateKey(text);
  const lineOf = (offset: number) => countNotAfter(lineStarts, Math.min(offset, text.length));
  return {
    text,
    lineOf,
    locate(offset) {
      const line = lineOf(offset);
      const start = lineStarts[line - 1] ?? 0;
      const end = lineStarts[line] ?? text.length;
      const sourceLine = text.slice(start, end).replace(/\r?\n$/, "");
      const column = Math.min(Math.max(offset - start, 0), sourceLine.length) + 1;
      const hidden = hidesAll || sourceLine.length > maxShownLine || holdsSecret(sourceLine);
      return hidden ? { line, column } : { line, column, sourceLine };
    },
  };
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** How many of the ascending numbers are not greater than `limit`; at least 1. */
function countNotAfter(ascending: readonly number[], limit: number): number {
  let low = 1;
  let high = ascending.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((ascending[middle - 1] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
