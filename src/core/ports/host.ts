/** What the agent needs of the host: files and programs. Contracts only. */
import type { HostFile } from "../model/desired.ts";
import type { ObservedFile } from "../model/observed.ts";
import type { ForeignOriginal } from "../model/original.ts";

export interface FileChange {
  readonly kind: "write" | "delete";
  readonly path: string;
  /** Repository path that it comes from, or came from. */
  readonly origin: string;
}

export interface HostFilesPort {
  /**
   * What stands at each path.
   * @param care `read` (the default) before anything is decided: content is read. `recall` to look for drift: it is read
   *   where the file system shows a change since the last time, and now and then in any case
   */
  observe(paths: readonly string[], care?: "read" | "recall"): Promise<ReadonlyMap<string, ObservedFile>>;
  /** Names in a directory; empty when it does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /**
   * Makes sure that the owners and groups of the files exist, before anything is written.
   * @throws AgentError `host-write-failed` naming file and owner
   */
  resolveOwners(files: readonly HostFile[]): Promise<void>;
  /**
   * Makes sure that the directories of these files may be written, before anything is.
   * @throws AgentError `not-writable` naming each file; `host-write-failed` for a directory that is not to be trusted
   */
  resolvePlaces(changes: readonly FileChange[]): Promise<void>;
  /** Puts file or link in place: complete, durable, with its final mode and owner, or not at all. */
  write(file: HostFile): Promise<void>;
  /** Removes a file or link, and parent directories that this empties if the agent's own kind (x.d, x.wants). */
  remove(path: string): Promise<void>;
  /** Copies what stands at `path` below the backup directory; returns where. The copies in `kept` are not given up for it. */
  backup(path: string, kept: readonly string[]): Promise<string>;
  /**
   * Makes the path what the original says: bytes of the copy, mode and owner; a link; or nothing.
   * @throws AgentError `host-write-failed`, also when the copy is gone
   */
  restore(path: string, original: ForeignOriginal): Promise<void>;
}

export interface CheckPort {
  /**
   * Runs a health check command once.
   * @returns null when it exits with 0, else what went wrong, in one line
   */
  runCheck(argv: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<string | null>;
}
