/** What the agent needs of the host: files and programs. Contracts only. */
import type { FileEntry, HostFile } from "../model/desired.ts";
import type { ObservedFile } from "../model/observed.ts";
import type { ForeignOriginal } from "../model/original.ts";

export interface FileChange {
  readonly kind: "write" | "delete";
  /** Absolute. */
  readonly path: string;
  /** Repository path that it comes from, or came from. */
  readonly origin: string;
}

/** Each method throws AgentError `host-write-failed` when the file system fails, unless its text says otherwise. */
export interface HostFilesPort {
  /**
   * What is at each path. Symlinks are not followed.
   * @param care `read` (the default) always reads the content; use it before a path is changed. `recall` is for looking
   *   for drift, and for paths that are left alone: it reads the content only when the file system shows a change since the
   *   last time, or after an hour without reading it
   */
  observe(paths: readonly string[], care?: "read" | "recall"): Promise<ReadonlyMap<string, ObservedFile>>;
  /**
   * The content of a file, or of what a link leads to.
   * @returns null when there is none, when it is no regular file, when it is larger than 1 MiB, or cannot be read
   */
  read(path: string): Promise<Uint8Array | null>;
  /**
   * Names in a directory, sorted, without leftovers of an interrupted write of ours; empty when there is no directory.
   */
  list(directory: string): Promise<readonly string[]>;
  /**
   * Makes sure that the owners and groups of the files exist, before anything is written.
   * @throws AgentError `host-write-failed` with one diagnostic for each unknown name
   */
  resolveOwners(files: readonly HostFile[]): Promise<void>;
  /**
   * Makes sure, before anything is written, that the agent can write in the directories of these files.
   * @throws AgentError `not-writable` with one diagnostic for each file that cannot be written or deleted;
   *   `host-write-failed` when a parent directory is a file or an unsafe symlink
   */
  resolvePlaces(changes: readonly FileChange[]): Promise<void>;
  /** Writes a file or link atomically and durably, with its final mode and owner. */
  write(file: HostFile): Promise<void>;
  /** Gives the file that is at the path its mode and owner, and leaves its content and its times alone. */
  setAccess(file: FileEntry): Promise<void>;
  /**
   * Removes a file or link, and the systemd directory (x.d, x.wants) that becomes empty. A missing path is no error.
   */
  remove(path: string): Promise<void>;
  /**
   * Copies the file or link at `path` into the backup directory. When it throws, the caller must not overwrite the
   * path.
   * @param kept copies that are not removed, however old they are
   * @returns path of the copy
   */
  backup(path: string, kept: readonly string[]): Promise<string>;
  /**
   * Restores the path atomically and durably: the copy with its mode and owner, a link, or no file.
   * @throws AgentError `host-write-failed`, also when the copy is gone
   */
  restore(path: string, original: ForeignOriginal): Promise<void>;
}

export interface CheckPort {
  /**
   * Runs a health check command once, without a shell.
   * @returns null when it exits with 0, else what went wrong, in one line
   * @throws the signal's reason, and nothing else
   */
  runCheck(argv: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<string | null>;
}
