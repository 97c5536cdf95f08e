/**
 * Finds out how commits of the clone relate to each other. Must not use the network, check a signature or read a file of the
 * repository.
 */
import { DamagedObject } from "./blob-reader.ts";
import { GitFailure, readGit, streamGit } from "./git-process.ts";

/** What git processes that only read the clone need. */
export interface CloneReader {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The ids of some 800,000 commits. */
const longestList = 32 * 1024 * 1024;

/** Whether the clone has the commit; true also for a commit object that is there but cannot be read. */
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
 * Whether the history of `tip` contains `older`; a commit contains itself, and none contains what the clone does not have.
 * @throws DamagedObject when the clone lacks a part of the history; the signal's reason
 */
export async function containsCommit(tip: string, older: string, reader: CloneReader): Promise<boolean> {
  try {
    await streamGit(["merge-base", "--is-ancestor", older, tip], { ...reader, onOutput: () => {} });
    return true;
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    if (error.end?.exitCode === 1 || !(await hasCommit(older, reader))) return false;
    throw new DamagedObject("the history could not be read");
  }
}

/**
 * What differs between two commits, as git shows it: without colours, renames and programs of its configuration. Of encrypted
 * files only the names.
 * @param limitBytes of the texts, and of the names
 * @returns null when the clone does not have both commits
 * @throws OutputTooLong beyond the limit
 */
export async function diffCommits(
  from: string,
  to: string,
  reader: CloneReader & { readonly limitBytes: number },
): Promise<string | null> {
  const options = ["--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"];
  const texts = ["diff", ...options, from, to, "--", ".", ":(exclude,glob)**/*.age"];
  const secrets = ["diff", ...options, "--name-status", from, to, "--", ":(glob)**/*.age"];
  try {
    return (await readGit(texts, reader)) + (await readGit(secrets, reader));
  } catch (error) {
    if (error instanceof GitFailure && !((await hasCommit(from, reader)) && (await hasCommit(to, reader))))
      return null;
    throw error;
  }
}

/**
 * Lists the commits that are reachable from `to` and not from `from`, newest first, on every side of a merge. Lists only
 * `to` when `from` is null or not in the clone.
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
