/** Makes text from elsewhere safe to print. No domain knowledge. */

// Cc has ESC, C1 and line ends; Cf has marks that reorder or hide text; Zl and Zp are Unicode line ends; Cs lone surrogates.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Puts the text on one line. Every character that a terminal would act on, or would not show, becomes an escape: `\n`, `\t`,
 * `\x1b`, `\u202e`. Printable text in any script stays as it is.
 */
export function escapeUnprintable(text: string): string {
  return text.replace(unprintable, escapeCharacter);
}

/** Does the same with a line of a file: a tab stays what it is. */
export function escapeUnprintableInLine(line: string): string {
  return line.split("\t").map(escapeUnprintable).join("\t");
}

/** Does the same with JSON text. Uses only escapes that JSON knows, so that the text still parses to the same value. */
export function escapeUnprintableInJson(json: string): string {
  return json.replace(unprintable, (character) => {
    let escaped = "";
    for (let index = 0; index < character.length; index += 1)
      escaped += unicodeEscape(character.charCodeAt(index));
    return escaped;
  });
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code <= 0xffff ? unicodeEscape(code) : `\\u{${code.toString(16)}}`;
}

function unicodeEscape(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, "0")}`;
}
