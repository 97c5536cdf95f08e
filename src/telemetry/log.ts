/**
 * The log: writes every event of the agent as one line on standard output, for journald or a terminal. Must not decide
 * anything, and must never make the agent stop.
 */
import { fstatSync } from "node:fs";
import { destination, type Logger, pino } from "pino";
import type { LogLevel, LogSettings } from "../core/model/log-settings.ts";
import type { EventSink } from "../core/ports/run.ts";
import { escapeUnprintableInJson } from "../lib/printable.ts";
import { type Fields, type FieldValue, fieldsOf } from "./fields.ts";
import { levelOf, priorities } from "./levels.ts";
import { formatTextLine, type LineStyle } from "./text-line.ts";

/** Writes a whole line before the call returns. */
export interface LineWriter {
  write(line: string): void;
}

export interface EventLogOptions extends LogSettings {
  /** `journal` when journald reads the lines: then each begins with its priority. */
  readonly style: LineStyle;
  readonly writer: LineWriter;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const maxValueCharacters = 4096;
const maxListedValues = 50;
const maxUnwrittenBytes = 1_048_576;

/** Makes a log that writes each event at once, as one line, unless its level is below the configured one. Never throws. */
export function createEventLog(options: EventLogOptions): EventSink {
  const write = options.format === "json" ? createJsonWriter(options) : createTextWriter(options);
  return {
    emit(event) {
      const level = levelOf(event);
      if (priorities[level] > priorities[options.level]) return;
      write(level, event.type, limitLengths(fieldsOf(event)));
    },
  };
}

/** Opens standard output for synchronous writes: no line is lost when the process ends, also when it is killed. */
export function openStandardOutput(): LineWriter {
  const output = destination({ fd: 1, sync: true, maxLength: maxUnwrittenBytes });
  // The agent must go on when the reader is gone or the disk is full. There is no place where this could be reported.
  output.on("error", () => undefined);
  return output;
}

/**
 * `journal` when standard output is the stream that $JOURNAL_STREAM names (systemd.exec(5)), else `plain`. The variable
 * alone is not enough: child processes inherit it, also when their output is redirected.
 */
export function detectLineStyle(journalStream: string | undefined, fd = 1): LineStyle {
  if (journalStream === undefined) return "plain";
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return journalStream === `${dev}:${ino}` ? "journal" : "plain";
}

type RecordWriter = (level: LogLevel, event: string, fields: Fields) => void;

function createTextWriter(options: EventLogOptions): RecordWriter {
  return (level, event, fields) => {
    options.writer.write(formatTextLine({ level, timeMs: options.now(), event, fields }, options.style));
  };
}

function createJsonWriter(options: EventLogOptions): RecordWriter {
  let prefix = "";
  // In pino, more severe levels have higher numbers.
  const customLevels: Record<LogLevel, number> = { debug: 20, info: 30, notice: 35, warning: 40, err: 50 };
  const logger: Logger<LogLevel, true> = pino(
    {
      base: null,
      level: options.level,
      customLevels,
      useOnlyCustomLevels: true,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date(options.now()).toISOString()}"`,
      hooks: { streamWrite: (line) => `${prefix}${escapeUnprintableInJson(line.trimEnd())}\n` },
    },
    options.writer,
  );
  return (level, event, fields) => {
    // journald removes the priority from the start of the line, so what it stores is JSON.
    if (options.style === "journal") prefix = `<${priorities[level]}>`;
    logger[level]({ event, ...fields });
  };
}

function limitLengths(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, limitLength(value)]));
}

function limitLength(value: FieldValue): FieldValue {
  if (typeof value === "object") return value.slice(0, maxListedValues).map(limitText);
  return typeof value === "string" ? limitText(value) : value;
}

function limitText(text: string): string {
  return text.length > maxValueCharacters ? `${text.slice(0, maxValueCharacters)}…` : text;
}
