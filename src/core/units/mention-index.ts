/** The managed files of a host, such that a text finds its own among them without looking at each. Pure. */
import { matchesGlob } from "./glob.ts";

/** Far above what thousands of honest units need; a commit decides how much there is to search. */
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

  /** True when so much was searched that nothing is found any more. */
  get isExhausted(): boolean {
    return this.#effort > maxEffort;
  }

  /** Counts the characters that a search goes along. */
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
   * The files that a pattern of a shell or of systemd means: a wildcard stands for a part of one name, as in glob(7).
   *
   * @param directory what stands before the first wildcard, up to the last slash there
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
