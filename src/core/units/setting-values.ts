/**
 * Says whether two lists of values of one key mean the same to systemd, as far as that is certain: where it is not, they
 * differ. Pure; what a difference interrupts is change-class.ts.
 */
import { isTrue, type Settings } from "./definition.ts";
import { isResettable, kindOfSetting } from "./setting-kinds.ts";
import { areValidItems, isValidScalar } from "./setting-patterns.ts";

/** True when systemd reads the same from both, whatever the version. */
export function areSameValues(name: string, left: readonly string[], right: readonly string[]): boolean {
  const [before, after] = [normalizeValues(name, left), normalizeValues(name, right)];
  return before.length === after.length && before.every((value, index) => value === after[index]);
}

/**
 * Whether two records of the order of keys that share a place say the same, item by item: it may be written in any number of lines.
 *
 * @param left the names of the keys, one for each of their assignments in `ofLeft`
 */
export function isSameOrder(
  left: readonly string[],
  ofLeft: Settings,
  right: readonly string[],
  ofRight: Settings,
): boolean {
  const [before, after] = [listOwners(left, ofLeft), listOwners(right, ofRight)];
  return before.length === after.length && before.every((owner, index) => owner === after[index]);
}

/** The key of each item, in the order of the items. */
function listOwners(order: readonly string[], settings: Settings): readonly string[] {
  const seen = new Map<string, number>();
  return order.flatMap((name) => {
    if (kindOfSetting(name) !== "words") return [name];
    const at = seen.get(name) ?? 0;
    seen.set(name, at + 1);
    const value = (settings[name] ?? []).filter((each) => each !== "")[at] ?? "";
    return splitWords(value).map(() => name);
  });
}

function normalizeValues(name: string, values: readonly string[]): readonly string[] {
  const kind = kindOfSetting(name);
  // The mark of a reset, before which somebody else's file may have set something.
  if (values[0] === "" && isResettable(kind)) return ["", ...normalizeValues(name, values.slice(1))];
  switch (kind) {
    case "dependencies":
      return [...new Set(values.flatMap(splitWords))].sort();
    case "words":
      return splitItems(name, values);
    case "set":
      return sortItems(splitItems(name, values));
    case "numbers":
      return joinNumbers(values);
    case "invertible-set":
      return joinInvertible(name, values);
    case "set-a-line":
      return values.map((value) => sortItems(splitWords(value)).join(" "));
    case "quoted-words":
      return values.flatMap(splitWords).map(unquote);
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

/** The items of all lines in their order; the lines as they are where one of them may be taken in another way. */
function splitItems(name: string, values: readonly string[]): readonly string[] {
  const items = values.flatMap(splitWords);
  return areValidItems(name, items) ? items : values;
}

function sortItems(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort();
}

const highestNumber = 1023;

/** All numbers that the ranges hold; the lines as they are where one is not plain, or so high that systemd may refuse it. */
function joinNumbers(values: readonly string[]): readonly string[] {
  const numbers = new Set<number>();
  for (const item of values.flatMap((value) => value.split(/[\s,]+/))) {
    const [, first = "", last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(item) ?? [];
    if (first === "" || Number(last) < Number(first) || Number(last) > highestNumber) return values;
    for (let number = Number(first); number <= Number(last); number += 1) numbers.add(number);
  }
  return [...numbers].sort((left, right) => left - right).map(String);
}

/**
 * Each line as a set, and one for all lines where none of them turns the list around: a line after one of the other kind takes from
 * what is there or adds to it, or begins anew where nothing is left (config_parse_capability_set()).
 */
function joinInvertible(name: string, values: readonly string[]): readonly string[] {
  const lines = values.map((value) => {
    const isInverted = value.startsWith("~");
    return { isInverted, items: splitWords(isInverted ? value.slice(1) : value) };
  });
  const isPlain = lines.every(({ items }) => items.length > 0 && areValidItems(name, items));
  if (!isPlain) return values;
  const write = (isInverted: boolean, items: readonly string[]) =>
    `${isInverted ? "~" : ""}${sortItems(items).join(" ")}`;
  const [first] = lines;
  return first !== undefined && lines.every(({ isInverted }) => isInverted === first.isInverted)
    ? [
        write(
          first.isInverted,
          lines.flatMap(({ items }) => items),
        ),
      ]
    : lines.map(({ isInverted, items }) => write(isInverted, items));
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
