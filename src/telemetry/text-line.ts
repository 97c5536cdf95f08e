/** Formats a log line as text. Must not decide what is logged. */
import type { LogLevel } from "../core/model/log-settings.ts";
import { escapeUnprintable } from "../lib/printable.ts";
import type { Fields, FieldValue } from "./fields.ts";
import { priorities } from "./levels.ts";

/**
 * The start of a line: for `journal` the priority, since journald adds the time; for `plain`, that is for a terminal or a
 * file, the time and the level.
 */
export type LineStyle = "journal" | "plain";

export interface LogRecord {
  readonly level: LogLevel;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly event: string;
  readonly fields: Fields;
}

/** One line with its line end: `<4>drift.detected unit=web.service message="two words"`. */
export function formatTextLine(record: LogRecord, style: LineStyle): string {
  const fields = Object.entries(record.fields).map(([key, value]) => ` ${key}=${formatValue(value)}`);
  return `${linePrefix(record, style)}${record.event}${fields.join("")}\n`;
}

function linePrefix(record: LogRecord, style: LineStyle): string {
  if (style === "journal") return `<${priorities[record.level]}>`;
  const time = `${new Date(record.timeMs).toISOString().slice(0, 19)}Z`;
  return `${time} ${record.level.padEnd(7)} `;
}

const bareword = /^[\p{L}\p{N}@%+,./:_~-]+$/u;

function formatValue(value: FieldValue): string {
  const text = typeof value === "object" ? value.join("; ") : String(value);
  if (bareword.test(text)) return text;
  const quoted = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `"${escapeUnprintable(quoted)}"`;
}
