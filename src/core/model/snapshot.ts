/** The files of a repository at one commit, as they are read and before they are interpreted. Pure data only. */
import type { Revision } from "./revision.ts";

/** A file of the repository at one commit. For a symlink `bytes` is the link's target, UTF-8. */
export interface SnapshotFile {
  /** Path inside the repository, `/`-separated, without a leading slash. */
  readonly path: string;
  readonly mode: "file" | "executable" | "symlink";
  readonly bytes: Uint8Array;
  /** Git object id (or, for a work tree, a digest of the content): equal ids mean equal bytes. */
  readonly blob: string;
}

/** The files of one revision by path, not interpreted. */
export interface Snapshot {
  readonly revision: Revision;
  readonly files: ReadonlyMap<string, SnapshotFile>;
}
