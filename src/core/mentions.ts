/** Finds which managed files a unit's definition mentions: "a mention is a dependency". Pure. */
import type { Settings } from "./definition.ts";

/** The paths of `managed` that occur as whole paths in any value of the definition. */
export function findMentions(settings: Settings, managed: ReadonlyMap<string, unknown>): readonly string[] {
  if (managed.size === 0) return [];
  const found = new Set<string>();
  for (const values of Object.values(settings)) {
    for (const value of values) {
      if (!value.includes("/")) continue;
      for (const path of listPathsIn(value)) if (managed.has(path)) found.add(path);
    }
  }
  return [...found].sort();
}

/**
 * Every substring that could be an absolute path: it starts at a slash after the start of a word or one of the
 * characters that systemd's syntax puts before a path (`-/x`, `x:/y`, `A=/z`), and ends at the word's end or `:`, `,`, `;`.
 */
function* listPathsIn(value: string): Generator<string> {
  for (const word of value.split(/[\s"']+/)) {
    for (const match of word.matchAll(/(?<=^|[:=,;@+!|-])\//g)) {
      const rest = word.slice(match.index);
      yield rest;
      const end = rest.search(/[:,;]/);
      if (end > 0) yield rest.slice(0, end);
    }
  }
}
