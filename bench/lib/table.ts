/** Tables as Markdown that a terminal shows in columns, too. Pure. */

/** @param rows each with as many cells as `heads`; the first column is aligned to the left, all others to the right */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(3, ...[head, ...rows.map((row) => row[column] ?? "")].map((cell) => cell.length)),
  );
  const format = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => pad(cells[column] ?? "", width, column)).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [format(heads), `| ${rule.join(" | ")} |`, ...rows.map(format)].join("\n");
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** A number for a table: no digits after the point from 10 on; a dash for what was not measured. */
export function formatNumber(value: number | null): string {
  if (value === null) return "–";
  return value.toFixed(Math.abs(value) >= 10 ? 0 : 1);
}

export function formatRatio(value: number | null): string {
  return value === null ? "–" : `${value.toFixed(2)} ×`;
}
