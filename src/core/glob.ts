/** Shell-style patterns for unit names: `*`, `?`, `[…]`. Pure. */

const special = /[.+^${}()|\\]/g;

/** Whether `text` matches the whole of `pattern`. A pattern without wildcards matches itself only. */
export function matchesGlob(pattern: string, text: string): boolean {
  return globToRegExp(pattern).test(text);
}

/** The number of literal characters: the more, the more specific a pattern is. */
export function countLiterals(pattern: string): number {
  return pattern.replace(/\[[^\]]*\]|[*?]/g, "").length;
}

function globToRegExp(pattern: string): RegExp {
  const source = pattern
    .split(/(\[[^\]]+\])/)
    .map((part) =>
      part.startsWith("[") && part.endsWith("]") && part.length > 2
        ? part.replace(/\\/g, "\\\\").replace(/^\[!/, "[^")
        : part.replace(special, "\\$&").replace(/\[/g, "\\[").replace(/\*/g, ".*").replace(/\?/g, "."),
    )
    .join("");
  return new RegExp(`^${source}$`, "s");
}
