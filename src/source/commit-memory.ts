/**
 * Keeps in memory what was last read of commits, so that the next commit costs only what is new in it. A file is kept by its line
 * of the listing, which has mode, object id and path: git names objects by their content, so what is kept never becomes wrong.
 * A file that is kept is the same object in every snapshot, so that what was made of it can be kept, too. Must not read
 * anything itself.
 */
import type { SnapshotFile } from "../core/model/snapshot.ts";

/** A file of this size is no unit: reading it again costs less than keeping it. */
const largestFileBytes = 64 * 1024;
const mostBytes = 8 * 1024 * 1024;
const longestListingBytes = 1024 * 1024;

export class CommitMemory {
  /** Line of the listing → file. The one used longest ago comes first. */
  readonly #files = new Map<string, SnapshotFile>();
  #bytes = 0;
  #listing: { readonly commit: string; readonly bytes: Buffer } | null = null;

  /** The output of `git ls-tree` for the commit, if it is the last one that was kept. */
  recallListing(commit: string): Buffer | undefined {
    return this.#listing?.commit === commit ? this.#listing.bytes : undefined;
  }

  keepListing(commit: string, bytes: Buffer): void {
    this.#listing = bytes.length > longestListingBytes ? null : { commit, bytes };
  }

  /** @param line of a listing, one character for each byte */
  recall(line: string): SnapshotFile | undefined {
    const file = this.#files.get(line);
    if (file === undefined) return undefined;
    this.#files.delete(line);
    this.#files.set(line, file);
    return file;
  }

  /** Keeps a file unless it is large, and forgets those used longest ago when there are too many bytes. */
  keep(line: string, file: SnapshotFile): void {
    if (file.bytes.length > largestFileBytes || this.#files.has(line)) return;
    // A copy: the line itself is a part of the whole listing, which would be kept with it.
    this.#files.set(Buffer.from(line, "latin1").toString("latin1"), file);
    this.#bytes += sizeOf(line, file);
    for (const [oldest, { bytes }] of this.#files) {
      if (this.#bytes <= mostBytes) break;
      this.#files.delete(oldest);
      this.#bytes -= sizeOf(oldest, { bytes });
    }
  }
}

function sizeOf(line: string, { bytes }: Pick<SnapshotFile, "bytes">): number {
  return line.length + bytes.length;
}
