/** Lines up cells in columns. Must not know what they mean. */
import type { Painter, Style } from "./style.ts";

export interface Cell {
  /** Printable and without styles. */
  readonly text: string;
  readonly style?: Style;
}

export type Row = readonly Cell[];

/** A row of headings. */
export function headRow(texts: readonly string[], style: Style = "dim"): Row {
  return texts.map((text) => ({ text, style }));
}

const gap = "  ";
/** A longer cell sticks out instead of pushing all others to the right. */
const maxColumnWidth = 64;

/** One line a row. The last cell of the longest row is free text: it is moved below its row where it does not fit. */
export function renderTable(rows: readonly Row[], paint: Painter, width: number): string[] {
  const columnCount = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columnCount - 1 }, (_, column) => columnWidth(rows, column));
  return rows.flatMap((row) => {
    const aligned = row.slice(0, columnCount - 1);
    const last = row[columnCount - 1];
    const line = alignCells(aligned, widths, paint);
    if (last === undefined || last.text === "") return [line.painted.trimEnd()];
    const lastPainted = paintCell(last, paint);
    if (line.width + displayWidth(last.text) <= width) return [line.painted + lastPainted];
    return [line.painted.trimEnd(), `    ${lastPainted}`];
  });
}

function alignCells(
  cells: Row,
  widths: readonly number[],
  paint: Painter,
): { painted: string; width: number } {
  let painted = "";
  let width = 0;
  cells.forEach((cell, column) => {
    const cellWidth = displayWidth(cell.text);
    const padding = " ".repeat(Math.max(0, (widths[column] ?? 0) - cellWidth)) + gap;
    painted += paintCell(cell, paint) + padding;
    width += cellWidth + padding.length;
  });
  return { painted, width };
}

function columnWidth(rows: readonly Row[], column: number): number {
  const widths = rows.map((row) => displayWidth(row[column]?.text ?? ""));
  return Math.max(0, ...widths.filter((width) => width <= maxColumnWidth));
}

function paintCell(cell: Cell, paint: Painter): string {
  return cell.style === undefined || cell.text === "" ? cell.text : paint(cell.style, cell.text);
}

// The blocks that terminals show two columns wide, by Unicode's East Asian Width.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const zeroWidth = /^[\p{Mn}\p{Me}]$/u;

/** Columns that a printable text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!zeroWidth.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
}

/** The beginning of the text that fits into so many columns, with `…` where the rest is left out. */
export function clip(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let columns = 0;
  for (const character of text) {
    columns += displayWidth(character);
    if (columns > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
