/**
 * Checks the text of an EnvironmentFile= before systemd reads it. systemd skips a line that it cannot use, and writes it
 * to the journal: with a secret in it, that is a leak. Pure, and must not quote the text.
 */

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What is wrong, as the rest of a sentence that begins with the file's name; null when every line is an assignment, a
 * comment or blank. The grammar is that of systemd.exec(5), EnvironmentFile= (parse_env_file in its source): a value
 * may be quoted, go on after a backslash at the end of a line, and span lines in quotes.
 */
export function findEnvironmentProblem(bytes: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "it is not UTF-8 text, which environment variables need";
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(text);
  if (control !== null) return `line ${lineAt(text, control.index)} has a control character in it`;
  return findBadAssignment(text);
}

function findBadAssignment(text: string): string | null {
  let assignments = 0;
  for (let position = skipBlank(text, 0); position < text.length; position = skipBlank(text, position)) {
    if (text[position] === "#" || text[position] === ";") {
      position = endOfLine(text, position);
      continue;
    }
    const equals = text.slice(position, lineEnd(text, position)).indexOf("=");
    if (equals < 0 || !namePattern.test(text.slice(position, position + equals).trimEnd())) {
      return `line ${lineAt(text, position)} is not NAME=value; a name has letters, digits and _ and no word such as export before it`;
    }
    const end = endOfValue(text, position + equals + 1);
    if (end === null) return `a quote that opens in line ${lineAt(text, position)} is never closed`;
    position = end;
    assignments += 1;
  }
  return assignments === 0 ? "there is no assignment NAME=value in it" : null;
}

/** Position behind the value that begins at `start`; null when a quote stays open. */
function endOfValue(text: string, start: number): number | null {
  let position = start;
  for (;;) {
    const character = text[position];
    if (character === " " || character === "\t") {
      position += 1;
    } else if (character === "'" || character === '"') {
      const close = endOfQuote(text, position);
      if (close === null) return null;
      position = close;
    } else {
      // Within unquoted text a quote is a character like any other.
      return endOfLine(text, position);
    }
  }
}

function endOfQuote(text: string, open: number): number | null {
  const quote = text[open];
  for (let position = open + 1; position < text.length; position += 1) {
    if (text[position] === quote) return position + 1;
    if (quote === '"' && text[position] === "\\") position += 1;
  }
  return null;
}

/** End of the line, including the lines that a backslash at the end joins to it. */
function endOfLine(text: string, start: number): number {
  let position = start;
  while (position < text.length && text[position] !== "\n" && text[position] !== "\r") {
    position += text[position] === "\\" ? 2 : 1;
  }
  return Math.min(position, text.length);
}

/** End of the physical line. */
function lineEnd(text: string, start: number): number {
  const end = text.slice(start).search(/[\r\n]/);
  return end < 0 ? text.length : start + end;
}

function skipBlank(text: string, start: number): number {
  let position = start;
  while (/[ \t\r\n]/.test(text[position] ?? "")) position += 1;
  return position;
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}
