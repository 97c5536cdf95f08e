/** What the agent needs of the host: files and programs. Contracts only. */
import type { HostFile } from "../model/desired.ts";
import type { ObservedFile } from "../model/observed.ts";
import type { ForeignOriginal } from "../model/original.ts";

export interface FileChange {
  readonly kind: "write" | "delete";
  /** Absolute. */
  readonly path: string;
  /** Repository path that it comes from, or came from. */
  readonly origin: string;
}

/** Each method throws AgentError `host-write-failed` when the file system does not let it work, unless it says something else. */
export interface HostFilesPort {
  /**
   * What stands at each path, symlinks themselves and not what they point to.
   * @param care `read` (the default) before anything is decided: content is read. `recall` to look for drift: it is read
   *   where the file system shows a change since the last time, and when it was not read for an hour
   */
  observe(paths: readonly string[], care?: "read" | "recall"): Promise<ReadonlyMap<string, ObservedFile>>;
  /** Names in a directory, sorted, without what an interrupted write of ours left; empty when there is none. */
  list(directory: string): Promise<readonly string[]>;
  /**
   * Makes sure that the owners and groups of the files exist, before anything is written.
   * @throws AgentError `host-write-failed` with one diagnostic for each unknown name
   */
  resolveOwners(files: readonly HostFile[]): Promise<void>;
  /**
   * Makes sure that the directories of these files may be written, before anything is.
   * @throws AgentError `not-writable` with one diagnostic for each file that cannot be written or deleted;
   *   `host-write-failed` for a directory on the way that is a file, or a symlink that is not to be trusted
   */
  resolvePlaces(changes: readonly FileChange[]): Promise<void>;
  /** Puts file or link in place: complete, durable, with its final mode and owner, or not at all. */
  write(file: HostFile): Promise<void>;
  /** Removes a file or link, and the directories of systemd's kinds (x.d, x.wants) that this empties. Nothing there is no error. */
  remove(path: string): Promise<void>;
  /**
   * Copies the file or link at `path` below the backup directory; returns where. When it throws, nothing may be overwritten.
   * @param kept copies that stay, however old they are
   */
  backup(path: string, kept: readonly string[]): Promise<string>;
  /**
   * Makes the path what the original says, whole and durable: bytes of the copy, mode and owner; a link; or nothing.
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
