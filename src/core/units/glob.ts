/** Shell-style patterns for unit names: `*`, `?`, `[…]`. Pure. */

const wildcard = /[*?[]/;

/** Whether a pattern can match more than itself. */
export function hasWildcard(pattern: string): boolean {
  return wildcard.test(pattern);
}

/**
 * Whether `text` matches the whole of `pattern`. A pattern without wildcards matches only itself. The time grows at
 * most with the product of both lengths, also for a hostile pattern.
 * @throws SyntaxError for a reversed range, `[z-a]`, unless the text before the first wildcard already does not match
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const literal = pattern.search(wildcard);
  if (literal < 0) return pattern === text;
  return text.startsWith(pattern.slice(0, literal)) && matchesParts(splitPattern(pattern), [...text]);
}

/** The number of literal characters. A pattern with more of them is more specific. */
export function countLiterals(pattern: string): number {
  return pattern.replace(/\[[^\]]*\]|[*?]/g, "").length;
}

/** `*`, or a test of one character. */
type Part = "*" | ((character: string) => boolean);

function splitPattern(pattern: string): readonly Part[] {
  return [...pattern.matchAll(/\[[^\]]+\]|./gsu)].map(([part]): Part => {
    if (part === "*") return "*";
    if (part === "?") return () => true;
    if (part.length === 1 || !part.startsWith("[")) return (character) => character === part;
    const range = new RegExp(`^${part.replace(/\\/g, "\\\\").replace(/^\[!/, "[^")}$`, "s");
    return (character) => range.test(character);
  });
}

/**
 * After a mismatch only the last `*` takes one more character. The parts before it have already matched and stay there.
 */
function matchesParts(parts: readonly Part[], text: readonly string[]): boolean {
  let part = 0;
  let star = -1;
  let afterStar = 0;
  for (let at = 0; at < text.length; ) {
    const expected = parts[part];
    if (expected === "*") {
      star = part;
      afterStar = at;
      part += 1;
    } else if (expected?.(text[at] ?? "") === true) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      afterStar += 1;
      at = afterStar;
      part = star + 1;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === "*");
}
