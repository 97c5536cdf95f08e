/**
 * Says whether two lists of values of one key mean the same to systemd. When that is not certain, they count as
 * different. Pure; change-class.ts says what a difference interrupts.
 */
import { isTrue, type Settings } from "./definition.ts";
import { isResettable, kindOfSetting } from "./setting-kinds.ts";
import { areValidItems, isValidScalar } from "./setting-patterns.ts";

/** True when every supported systemd reads the same from both lists. */
export function areSameValues(name: string, left: readonly string[], right: readonly string[]): boolean {
  const [before, after] = [normalizeValues(name, left), normalizeValues(name, right)];
  return before.length === after.length && before.every((value, index) => value === after[index]);
}

/**
 * Whether two records of the order of a family say the same. They are compared item by item, so line breaks do not
 * count.
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
  // A leading empty value marks a reset: it drops values that a foreign file may have set before.
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

/** The items of all lines in order; the lines unchanged when systemd may read one of the items in another way. */
function splitItems(name: string, values: readonly string[]): readonly string[] {
  const items = values.flatMap(splitWords);
  return areValidItems(name, items) ? items : values;
}

function sortItems(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort();
}

const highestNumber = 1023;

/** All numbers of all ranges; the lines unchanged when an item is not a plain number or range, or is above 1023. */
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
 * Each line as a sorted set; all lines as one set when either all or none have `~`. Otherwise the order of lines
 * counts: a line after one of the other kind removes or adds items, or starts anew when the set is empty
 * (config_parse_capability_set()).
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

/** Whether this value certainly counts in place of all that are assigned before it. */
export function isLastWord(name: string, value: string): boolean {
  switch (kindOfSetting(name)) {
    case "boolean":
      return isBoolean(value);
    case "scalar":
      return isValidScalar(name, value);
    default:
      return false;
  }
}

function isBoolean(value: string): boolean {
  return /^(?:1|y|yes|t|true|on|0|n|no|f|false|off)$/i.test(value);
}

/**
 * The words as written, with their quotes (extract_first_word). A value with a backslash, a quote within a word or an
 * unclosed quote is not split, because systemd's parsers differ there.
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

/**
 * Removes quotes only around plain characters. Not around a semicolon, for instance: without quotes it ends the
 * command.
 */
function unquotePlain(word: string): string {
  return /^(["'])[\w%+=:,./-]+\1$/.test(word) ? word.slice(1, -1) : word;
}
