/**
 * Keeps in memory what was last read of commits, so that the next commit costs only what is new in it. git names objects by
 * their content, so what is kept never becomes wrong. Must not read anything itself.
 */

/** A file of this size is no unit: reading it again costs less than keeping it. */
const largestBlobBytes = 64 * 1024;
const mostBlobBytes = 8 * 1024 * 1024;
const longestListingBytes = 1024 * 1024;

export class CommitMemory {
  /** The one used longest ago comes first. */
  readonly #blobs = new Map<string, Uint8Array>();
  #blobBytes = 0;
  #listing: { readonly commit: string; readonly bytes: Buffer } | null = null;

  /** The output of `git ls-tree` for the commit, if it is the last one that was kept. */
  recallListing(commit: string): Buffer | undefined {
    return this.#listing?.commit === commit ? this.#listing.bytes : undefined;
  }

  keepListing(commit: string, bytes: Buffer): void {
    this.#listing = bytes.length > longestListingBytes ? null : { commit, bytes };
  }

  /** @param blob object id */
  recall(blob: string): Uint8Array | undefined {
    const bytes = this.#blobs.get(blob);
    if (bytes === undefined) return undefined;
    this.#blobs.delete(blob);
    this.#blobs.set(blob, bytes);
    return bytes;
  }

  /** Keeps a blob unless it is large, and forgets those used longest ago when there are too many bytes. */
  keep(blob: string, bytes: Uint8Array): void {
    if (bytes.length > largestBlobBytes || this.#blobs.has(blob)) return;
    this.#blobs.set(blob, bytes);
    this.#blobBytes += bytes.length;
    for (const [oldest, { length }] of this.#blobs) {
      if (this.#blobBytes <= mostBlobBytes) break;
      this.#blobs.delete(oldest);
      this.#blobBytes -= length;
    }
  }
}
