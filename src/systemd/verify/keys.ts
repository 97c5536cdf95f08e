/** Which keys and sections systemd knows, for hints about mistyped ones. */

import { findNearestWord } from "../../core/check/nearest.ts";
import { typeOfUnit } from "../../core/units/unit-name.ts";
import { runChecker } from "./run.ts";

/** Section → its keys. */
export type KnownKeys = ReadonlyMap<string, readonly string[]>;

const timeoutMs = 10_000;

/**
 * Asks systemd's own manager program. Empty when it is not installed; then there are no hints.
 * @param programs paths where the program may be; the first one that exists is asked
 */
export async function readKnownKeys(programs: readonly string[], signal: AbortSignal): Promise<KnownKeys> {
  for (const program of programs) {
    const output = await runChecker(program, ["--dump-configuration-items"], { timeoutMs, signal });
    if (output !== null) return parseConfigurationItems(output.stdout);
  }
  return new Map();
}

/** Reads blocks of `[Section]` and `Key=KIND` lines. */
export function parseConfigurationItems(text: string): KnownKeys {
  const sections = new Map<string, string[]>();
  let keys: string[] = [];
  for (const line of text.split("\n")) {
    const section = /^\[(.+)\]$/.exec(line)?.[1];
    const key = /^([A-Za-z0-9]+)=/.exec(line)?.[1];
    if (section !== undefined) {
      keys = sections.get(section) ?? [];
      sections.set(section, keys);
    } else if (key !== undefined) keys.push(key);
  }
  return sections;
}

/** @param section null when the word is a section itself */
export function suggestWord(
  { word, section }: { readonly word: string; readonly section: string | null },
  unit: string | null,
  known: KnownKeys,
): string | null {
  if (section === null) return suggestSection(word, unit, known);
  const nearest = findNearestWord(word, known.get(section) ?? []);
  if (nearest !== null) return `did you mean ${nearest}=?`;
  const home = [...known].find(([name, keys]) => name !== section && keys.includes(word))?.[0];
  return home === undefined ? null : `${word}= belongs into [${home}]`;
}

function suggestSection(word: string, unit: string | null, known: KnownKeys): string | null {
  const type = unit === null ? "" : typeOfUnit(unit);
  const own = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  const possible = ["Unit", "Install", ...(known.has(own) ? [own] : [])];
  const nearest = findNearestWord(word, possible);
  if (nearest !== null) return `did you mean [${nearest}]?`;
  return known.has(word) ? `a .${type} file has no [${word}] section` : null;
}
