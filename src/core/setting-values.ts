/**
 * Says whether two lists of values of one key mean the same to systemd, as far as that is certain: where it is not, they
 * differ. Pure; what a difference interrupts is change-class.ts.
 */
import { isTrue } from "./definition.ts";
import { isValidScalar, kindOfSetting } from "./setting-kinds.ts";

/** True when systemd reads the same from both, whatever the version. */
export function areSameValues(name: string, left: readonly string[], right: readonly string[]): boolean {
  const [before, after] = [normalizeValues(name, left), normalizeValues(name, right)];
  return before.length === after.length && before.every((value, index) => value === after[index]);
}

function normalizeValues(name: string, values: readonly string[]): readonly string[] {
  switch (kindOfSetting(name)) {
    case "dependencies":
      return [...new Set(values.flatMap(splitWords))].sort();
    case "words":
      return values.flatMap(splitWords);
    case "quoted-words":
      return values.flatMap(splitWords).map(unquote);
    case "invertible-words":
      return values.some((value) => /~|^$/.test(value)) ? values : values.flatMap(splitWords);
    case "commands":
      return values.map((value) => splitWords(value).map(unquotePlain).join(" "));
    case "boolean":
      return values.every(isBoolean) ? values.slice(-1).map((value) => `${isTrue(value)}`) : values;
    case "scalar":
      return values.every((value) => isValidScalar(name, value)) ? values.slice(-1) : values;
    default:
      return values;
  }
}

function isBoolean(value: string): boolean {
  return /^(?:1|y|yes|t|true|on|0|n|no|f|false|off)$/i.test(value);
}

/**
 * The words as they are written, quotes included (extract_first_word). What has a backslash, a quote within a word or one
 * that nothing closes stays in one piece, as parsers differ there.
 */
function splitWords(value: string): readonly string[] {
  if (value.includes("\\")) return [value];
  const tokens = value.match(/"[^"]*"|'[^']*'|[^ \t\n\r"']+|[ \t\n\r]+|["']/g) ?? [];
  const isBlank = (token: string | undefined) => token === undefined || /^[ \t\n\r]/.test(token);
  const isWord = (token: string, index: number) =>
    token !== '"' && token !== "'" && isBlank(tokens[index + 1]);
  const isPlain = tokens.every((token, index) => isBlank(token) || isWord(token, index));
  return isPlain ? tokens.filter((token) => !isBlank(token)) : [value];
}

function unquote(word: string): string {
  return /^(?:"[^"\\]*"|'[^'\\]*')$/.test(word) ? word.slice(1, -1) : word;
}

/** A semicolon in quotes is an argument, one without them ends the command: only what cannot be mistaken is bared. */
function unquotePlain(word: string): string {
  return /^(["'])[\w%+=:,./-]+\1$/.test(word) ? word.slice(1, -1) : word;
}
