/** "Did you mean": finds the known word that is most similar to a mistyped one. Pure; has no list of words itself. */

const maxLength = 60;

/** The nearest known word; null when none is near enough to be a plausible typing mistake. */
export function findNearestWord(word: string, known: Iterable<string>): string | null {
  if (word.length > maxLength) return null;
  const mistyped = normalize(word);
  let nearest: string | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const allowed = lengthWithoutSharedEnding(word, candidate) < 8 ? 1 : 2;
    const meant = normalize(candidate);
    if (Math.abs(meant.length - mistyped.length) > allowed) continue;
    const edits = countEdits(mistyped, meant);
    if (edits <= allowed && edits < fewest) {
      nearest = candidate;
      fewest = edits;
    }
  }
  return nearest;
}

/** Makes onChange, on_change and On-Change equal. */
function normalize(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}

/** The length without a suffix that both have: `db.service` and `job.service` are not similar because of `.service`. */
function lengthWithoutSharedEnding(word: string, candidate: string): number {
  const dot = candidate.lastIndexOf(".");
  return dot > 0 && word.endsWith(candidate.slice(dot)) ? dot : candidate.length;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function countEdits(left: string, right: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const costs = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const replaced = (last[column - 1] ?? 0) + (isSame ? 0 : 1);
      const swapped = isSwap ? (beforeLast[column - 2] ?? 0) + 1 : replaced;
      costs.push(Math.min((last[column] ?? 0) + 1, (costs[column - 1] ?? 0) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = costs;
  }
  return last[right.length] ?? 0;
}
