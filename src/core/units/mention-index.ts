/**
 * An index of the managed files of a host. It finds the files that a text names without comparing it with each of them.
 * Pure.
 */
import { matchesGlob } from "./glob.ts";

/**
 * Limit in characters, far more than thousands of real units need: a commit could otherwise make the search endless.
 */
const maxEffort = 100_000_000;

export class MentionIndex {
  /** Length of the longest path; 0 without any. */
  readonly longest: number;
  readonly #files: ReadonlySet<string>;
  /** Directory → the files in and below it; the empty text for the root. */
  readonly #below = new Map<string, string[]>();
  readonly #matches = new Map<string, readonly string[]>();
  #effort = 0;

  /** @param paths absolute */
  constructor(paths: Iterable<string>) {
    this.#files = new Set(paths);
    this.longest = Math.max(0, ...[...this.#files].map((path) => path.length));
    for (const path of this.#files) {
      for (const directory of listParents(path)) {
        const files = this.#below.get(directory);
        if (files === undefined) this.#below.set(directory, [path]);
        else files.push(path);
      }
    }
  }

  /** Characters that were compared so far. */
  get effort(): number {
    return this.#effort;
  }

  /** True when the limit is exceeded. From then on searches may miss files. */
  get isExhausted(): boolean {
    return this.#effort > maxEffort;
  }

  /** Counts the characters that a search compares. */
  spend(effort: number): void {
    this.#effort += effort;
  }

  isFile(path: string): boolean {
    return this.#files.has(path);
  }

  isDirectory(path: string): boolean {
    return this.#below.has(path);
  }

  listBelow(directory: string): readonly string[] {
    return this.#below.get(directory) ?? [];
  }

  /**
   * The files that match a pattern of a shell or of systemd. A wildcard does not match a slash, as in glob(7).
   *
   * @param directory the part of the pattern before the first wildcard, up to its last slash
   */
  listMatching(pattern: string, directory: string): readonly string[] {
    const known = this.#matches.get(pattern);
    if (known !== undefined) return known;
    const candidates = this.listBelow(directory);
    this.spend(candidates.length * pattern.length);
    if (this.isExhausted) return [];
    const depth = countSlashes(pattern);
    const found = candidates.filter((path) => countSlashes(path) === depth && matchesGlob(pattern, path));
    this.#matches.set(pattern, found);
    return found;
  }
}

function listParents(path: string): readonly string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
}

function countSlashes(path: string): number {
  return path.split("/").length;
}
