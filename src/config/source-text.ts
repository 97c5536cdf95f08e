/** The text of a configuration file, with its places by line and column. */

import { LineCounter } from "yaml";
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
  const lines = countLines(text);
  const hidesAll = holdsPrivateKey(text);
  const find = (offset: number) => lines.linePos(Math.min(Math.max(offset, 0), text.length));
  return {
    text,
    lineOf: (offset) => find(offset).line,
    locate(offset) {
      const { line, col } = find(offset);
      const sourceLine = text.slice(lines.lineStarts[line - 1], lines.lineStarts[line]).replace(/\r?\n$/, "");
      const column = Math.min(col, sourceLine.length + 1);
      const hidden = hidesAll || sourceLine.length > maxShownLine || holdsSecret(sourceLine);
      return hidden ? { line, column } : { line, column, sourceLine };
    },
  };
}

/** Counts lines without the parser, because the parser does not read a text that is too large. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
  return lines;
}
