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
  /** Lines that systemd would ignore with a warning. */
  readonly problems: readonly UnitFileProblem[];
}

interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

export function parseUnitFile(bytes: Uint8Array): UnitFile {
  const assignments: Assignment[] = [];
  const problems: UnitFileProblem[] = [];
  let section: string | null = null;
  for (const { text, line } of joinContinuations(decodeLines(bytes))) {
    if (text.startsWith("[")) {
      if (text.endsWith("]")) section = text.slice(1, -1);
      else problems.push({ line, message: `invalid section header ${JSON.stringify(text)}` });
      continue;
    }
    const equals = text.indexOf("=");
    if (equals < 0) problems.push({ line, message: `missing "=" in ${JSON.stringify(text)}` });
    else if (section === null) problems.push({ line, message: `assignment outside of a section: ${text}` });
    else {
      const key = trimBlanks(text.slice(0, equals));
      if (key === "")
        problems.push({ line, message: `missing key name before "=" in ${JSON.stringify(text)}` });
      else assignments.push({ section, key, value: trimBlanks(text.slice(equals + 1)), line });
    }
  }
  return { assignments, problems };
}

/** read_line() takes any mixture of LF, CR and NUL as one end of line. A BOM may open the file. */
function decodeLines(bytes: Uint8Array): readonly string[] {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return text.replace(/^\uFEFF/, "").split(/\r\n|\n\r|\n|\r|\0/);
}

/**
 * A backslash at the end of a line becomes a space and the next line follows; comment lines in between vanish, and
 * so does the leading blank space of what follows.
 */
function* joinContinuations(lines: readonly string[]): Generator<LogicalLine> {
  let pending: LogicalLine | null = null;
  for (const [index, raw] of lines.entries()) {
    const text: string = trimStartBlanks(raw);
    if (text.startsWith("#") || text.startsWith(";")) continue;
    const joined: LogicalLine =
      pending === null ? { text, line: index + 1 } : { text: pending.text + text, line: pending.line };
    if (endsEscaped(joined.text)) {
      pending = { text: `${joined.text.slice(0, -1)} `, line: joined.line };
      continue;
    }
    pending = null;
    const trimmed = trimBlanks(joined.text);
    if (trimmed !== "") yield { text: trimmed, line: joined.line };
  }
  if (pending !== null && trimBlanks(pending.text) !== "") {
    yield { text: trimBlanks(pending.text), line: pending.line };
  }
}

function endsEscaped(text: string): boolean {
  const backslashes = /\\*$/.exec(text)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

/** systemd's WHITESPACE: blank, tab, LF, CR. Not Unicode's, which String.trim() would take too. */
function trimBlanks(text: string): string {
  return text.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, "");
}

function trimStartBlanks(text: string): string {
  return text.replace(/^[ \t\n\r]+/, "");
}
