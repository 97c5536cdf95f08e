/** "Did you mean": the known word that a mistyped one was most likely meant to be. Knows no keys itself. */

import { distance } from "fastest-levenshtein";

const maxLength = 40;

/** The nearest of the known words, or null when none is near enough to be a plausible slip. */
export function findNearest(word: string, known: readonly string[]): string | null {
  if (word.length > maxLength) return null;
  let nearest: string | null = null;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const edits = distance(normalize(word), normalize(candidate));
    const allowed = Math.max(1, Math.floor(candidate.length / 3));
    if (edits <= allowed && edits < nearestDistance) {
      nearest = candidate;
      nearestDistance = edits;
    }
  }
  return nearest;
}

/** onChange, on_change and On-Change are all the same slip. */
function normalize(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}
