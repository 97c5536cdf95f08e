/**
 * How commits of the clone relate to each other. Must not reach the network, check a signature or read a file of the
 * repository.
 */
import type { Ancestry } from "../core/ports/source.ts";
import { DamagedObject } from "./blob-reader.ts";
import { GitFailure, readGit, streamGit } from "./git-process.ts";

/** For git processes that only read the clone. */
export interface CloneReader {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The ids of some 800,000 commits. */
const longestList = 32 * 1024 * 1024;

/** Also true for a commit object that is there but cannot be read. */
export async function hasCommit(commit: string, reader: CloneReader): Promise<boolean> {
  try {
    await streamGit(["cat-file", "-e", commit], { ...reader, onOutput: () => {} });
    return true;
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    return /corrupt|is empty|inflate/.test(error.stderr);
  }
}

/**
 * A commit is a descendant of itself.
 * @throws DamagedObject when the clone lacks a part of the history; the signal's reason
 */
export async function compareCommits(
  older: string,
  tip: string,
  reader: CloneReader,
): Promise<Exclude<Ancestry, "chosen">> {
  try {
    await streamGit(["merge-base", "--is-ancestor", older, tip], { ...reader, onOutput: () => {} });
    return "descendant";
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    if (error.end?.exitCode === 1) return "rewritten";
    if (!(await hasCommit(older, reader))) return "unknown";
    throw new DamagedObject("the history could not be read");
  }
}

/**
 * The commits that are reachable from `to` and not from `from`, newest first, on every side of a merge. Only `to`
 * when there is nothing to compare with: `from` is null or not in the clone.
 * @throws DamagedObject when the clone lacks a part of the history; the signal's reason
 */
export async function listNewCommits(
  from: string | null,
  to: string,
  reader: CloneReader,
): Promise<readonly string[]> {
  if (from === null || !(await hasCommit(from, reader))) return [to];
  try {
    const args = ["rev-list", "--topo-order", to, `^${from}`, "--"];
    const output = await readGit(args, { ...reader, limitBytes: longestList });
    return output.split("\n").filter((line) => line !== "");
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    throw new DamagedObject("the history could not be read");
  }
}
