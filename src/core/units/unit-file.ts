/**
 * Reads unit files as systemd does (src/shared/conf-parser.c, config_parse and parse_line), for comparison only:
 * nothing is ever written from what is read here. Pure; never throws, whatever the bytes.
 */

export interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** Line of the key, from 1. */
  readonly line: number;
}

export interface UnitFileProblem {
  readonly line: number;
  readonly message: string;
}

export interface UnitFile {
  readonly assignments: readonly Assignment[];
  /** Lines that systemd would ignore with a warning, and the one at which it would stop reading. */
  readonly problems: readonly UnitFileProblem[];
}

interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

/**
 * systemd stops reading at an invalid section header and at text that is not UTF-8: a unit's own file then fails to
 * load, and the rest of a drop-in does not count. So nothing after that line is read here either.
 */
export function parseUnitFile(bytes: Uint8Array): UnitFile {
  const assignments: Assignment[] = [];
  const problems: UnitFileProblem[] = [];
  let section: string | null = null;
  for (const { text, line } of joinContinuations(decodeLines(bytes))) {
    const stopper = findStopper(text);
    if (stopper !== null) {
      problems.push({ line, message: `${stopper}: systemd reads no further than here` });
      break;
    }
    const equals = text.indexOf("=");
    if (text.startsWith("[")) section = text.slice(1, -1);
    else if (section === null) problems.push({ line, message: `assignment outside of a section: ${text}` });
    else if (equals < 0) problems.push({ line, message: `missing "=" in ${JSON.stringify(text)}` });
    else if (equals === 0)
      problems.push({ line, message: `missing key name before "=" in ${JSON.stringify(text)}` });
    else {
      const key = trimBlanks(text.slice(0, equals));
      assignments.push({ section, key, value: trimBlanks(text.slice(equals + 1)), line });
    }
  }
  return { assignments, problems };
}

/** Why systemd stops reading at this line (parse_line, utf8_is_valid, string_is_safe); null when it does not. */
function findStopper(text: string): string | null {
  // Bytes that are not UTF-8 were decoded to lone surrogates, which no UTF-8 text can contain.
  if (/\p{Surrogate}|\p{Noncharacter_Code_Point}/u.test(text)) return "text that is not valid UTF-8";
  if (!text.startsWith("[")) return null;
  if (!text.endsWith("]")) return `invalid section header ${JSON.stringify(text)}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\x00-\x1f\x7f"'\\]/.test(text) ? `bad characters in section header ${JSON.stringify(text)}` : null;
}

/** read_line() takes LF, CR, LFCR, CRLF and NUL as one end of line each, and a NUL after any of them with it. */
const endOfLine = /(?:\r\n|\n\r|\n|\r)\0?|\0/;

function decodeLines(bytes: Uint8Array): readonly string[] {
  const options = { fatal: true, ignoreBOM: true };
  try {
    return new TextDecoder("utf-8", options).decode(bytes).split(endOfLine);
  } catch {
    // One character for each byte, then each line is decoded alone, so that a bad line does not affect the lines before
    // it.
    const lines = Array.from(bytes, (byte) => String.fromCharCode(byte))
      .join("")
      .split(endOfLine);
    return lines.map((line) => {
      try {
        return new TextDecoder("utf-8", options).decode(Uint8Array.from(line, (c) => c.charCodeAt(0)));
      } catch {
        return line.replace(/[\x80-\xff]/g, (c) => String.fromCharCode(0xdc00 + c.charCodeAt(0)));
      }
    });
  }
}

/**
 * Joins continued lines. A backslash at the end of a line becomes a space, and the next line follows with all its
 * blanks. Comment lines in between are dropped. A byte order mark is dropped at the start of the first line that has
 * one.
 */
function* joinContinuations(lines: readonly string[]): Generator<LogicalLine> {
  let parts: string[] = [];
  let firstLine = 0;
  let hasMark = false;
  for (const [index, raw] of lines.entries()) {
    if (/^[ \t\n\r]*[#;]/.test(raw)) continue;
    const isMarked: boolean = !hasMark && raw.startsWith("\uFEFF");
    hasMark ||= isMarked;
    const own = isMarked ? raw.slice(1) : raw;
    if (parts.length === 0) firstLine = index + 1;
    if (endsEscaped(own)) {
      parts.push(`${own.slice(0, -1)} `);
      continue;
    }
    const text = trimBlanks([...parts, own].join(""));
    parts = [];
    if (text !== "") yield { text, line: firstLine };
  }
  const rest = trimBlanks(parts.join(""));
  if (rest !== "") yield { text: rest, line: firstLine };
}

function endsEscaped(text: string): boolean {
  let backslashes = 0;
  while (text.at(-1 - backslashes) === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

/**
 * Trims systemd's WHITESPACE: blank, tab, LF, CR. String.trim() would also trim Unicode's, and a pattern would not take
 * linear time.
 */
function trimBlanks(text: string): string {
  const isBlank = (at: number) => " \t\n\r".includes(text.charAt(at));
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}
