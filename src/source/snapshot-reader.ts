/**
 * Reads the files of one commit from a bare clone: one listing, then one `git cat-file --batch` for the files that are not in
 * memory. Must not use the network, write, or look at a work tree.
 */
import { AgentError } from "../core/model/errors.ts";
import type { Revision } from "../core/model/revision.ts";
import type { Snapshot, SnapshotFile } from "../core/model/snapshot.ts";
import { KeptOutput, OutputTooLong, ProgramTimedOut } from "../lib/program.ts";
import { BlobReader, DamagedObject, type ExpectedBlob } from "./blob-reader.ts";
import type { CommitMemory } from "./commit-memory.ts";
import { GitFailure, streamGit } from "./git-process.ts";
import { type CloneReader, hasCommit } from "./history.ts";
import { refuse } from "./snapshot-rules.ts";
import { parseTreeListing, type TreeEntry } from "./tree-listing.ts";

/** Enough for the listing of a commit with about 300,000 files. */
const longestListing = 32 * 1024 * 1024;

export interface ReadRequest {
  readonly revision: Revision;
  readonly wanted: (path: string) => boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** How long listing the files may take, milliseconds. */
  readonly timeoutMs: number;
  readonly memory: CommitMemory;
}

/**
 * Reads the files of a commit that `wanted` accepts.
 * @throws AgentError `revision-not-found` when the clone has no such commit, `repository-invalid` for its content;
 *   DamagedObject when the clone lacks an object of the commit; the signal's reason
 */
export async function readCommit(request: ReadRequest): Promise<Snapshot> {
  const { revision } = request;
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(revision.commit)) throw reportUnknownCommit(revision);
  const { memory } = request;
  const listing = await listTree(request);
  const entries = parseTreeListing(listing, request.wanted, (line) => memory.recall(line));
  const blobs = await readBlobs(entries, request);
  const files = entries.map((entry) => entry.known ?? keepFile(entry, blobs, memory));
  return { revision, files: new Map(files.map((file) => [file.path, file])) };
}

function keepFile(
  { line, path, mode, blob }: TreeEntry,
  blobs: ReadonlyMap<string, Uint8Array>,
  memory: CommitMemory,
): SnapshotFile {
  const bytes = blobs.get(blob);
  if (bytes === undefined) throw new DamagedObject(`object ${blob} could not be read`);
  const file = { path, mode, bytes, blob };
  memory.keep(line, file);
  return file;
}

async function listTree(request: ReadRequest): Promise<Buffer> {
  const { revision, environment, signal, timeoutMs, memory } = request;
  const known = memory.recallListing(revision.commit);
  if (known !== undefined) return known;
  const listing = new KeptOutput(longestListing);
  try {
    const args = ["ls-tree", "-r", "-z", "-l", "--full-tree", revision.commit];
    // Trees that contain one another's content ten times over, down to empty ones, list nothing and take for ever.
    await streamGit(args, { environment, signal, timeoutMs, onOutput: listing.add });
  } catch (error) {
    if (error instanceof OutputTooLong) throw refuseTree("the commit has too many files", revision);
    if (error instanceof ProgramTimedOut) throw refuseTree("the commit has too many directories", revision);
    if (!(error instanceof GitFailure)) throw error;
    if (isTooDeep(error)) throw refuseTree("the directories of the commit are nested too deeply", revision);
    // git prints "not a tree object" both for a missing commit and for a commit whose tree is missing.
    if (!(await hasCommit(revision.commit, { environment, signal }))) throw reportUnknownCommit(revision);
    throw new DamagedObject("the commit's list of files could not be read");
  }
  const bytes = listing.bytes();
  memory.keepListing(revision.commit, bytes);
  return bytes;
}

/** git before 2.43 has no limit for nested trees and runs out of stack. */
function isTooDeep({ stderr, end }: GitFailure): boolean {
  return end?.signalName === "SIGSEGV" || /exceeded maximum allowed tree depth/.test(stderr);
}

function refuseTree(problem: string, { commit }: Revision): AgentError {
  return refuse(problem, commit, "Keep everything else than units, files and secrets out of the repository.");
}

/** The blobs of the entries that are not in memory. */
async function readBlobs(
  entries: readonly TreeEntry[],
  { environment, signal }: ReadRequest,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const expected = new Map<string, ExpectedBlob>();
  for (const { blob, size, known } of entries) {
    if (known !== null) continue;
    if (size === null) throw new DamagedObject(`object ${blob} is missing or cannot be read`);
    expected.set(blob, { blob, size });
  }
  return readUnknown(expected, { environment, signal });
}

async function readUnknown(
  expected: ReadonlyMap<string, ExpectedBlob>,
  { environment, signal }: CloneReader,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const reader = new BlobReader([...expected.values()]);
  if (expected.size > 0) {
    const input = `${[...expected.keys()].join("\n")}\n`;
    try {
      await streamGit(["cat-file", "--batch"], {
        environment,
        signal,
        input,
        onOutput: (chunk) => reader.push(chunk),
      });
    } catch (error) {
      if (error instanceof GitFailure)
        throw new DamagedObject("git could not read all objects of the commit");
      throw error;
    }
  }
  return reader.finish();
}

function reportUnknownCommit(revision: Revision): AgentError {
  return new AgentError(
    "revision-not-found",
    `the local clone has no commit ${JSON.stringify(revision.commit)}`,
    {
      subject: revision.commit,
      hint: "Fetch first. If the branch was rewritten and the clone made anew since, the old commit is gone for good.",
    },
  );
}
