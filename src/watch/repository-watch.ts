/**
 * Notices at once when a branch of a local git repository moves. It may report a change that is none, but must not miss
 * one. Must not read git's data or decide what a change means.
 *
 * chokidar watches, but its own events are not enough. It reads a directory before it watches it, limits how often it reads
 * one, and knows entries by name only. So a repository that is deleted and made again quickly would stay unwatched for
 * ever. Therefore every raw event leads to a look at the identity of the directories, and to a new watcher if they have
 * been replaced.
 */
import path from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { directoriesAbove, findExistingDirectory, identifyDirectories, refFilesOf } from "./ref-places.ts";

/** Neither function may throw. */
export interface RepositoryListener {
  /** The branch may have moved, or the repository was created or deleted. */
  readonly onChange: () => void;
  /** The watch is incomplete, for instance because there are no more inotify watches: changes may go unnoticed. */
  readonly onError: (error: Error) => void;
}

/** git changes several files for one push. A change is reported when there is no further event for this time. */
const settleMs = 100;
/** A change is reported after this time also when there are further events. */
const maxDelayMs = 1000;

/**
 * Watches until `signal` aborts. Resolves when the watch works: changes after that are reported, changes before are not. The
 * repository may be missing, and may be deleted and created. Errors of the watch go to the listener and are not thrown.
 * @param gitDirectory absolute path of a bare repository or of a `.git` directory
 * @param branch without `refs/heads/`
 */
export async function watchRepository(
  gitDirectory: string,
  branch: string,
  listener: RepositoryListener,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const repositoryWatch = new RepositoryWatch(gitDirectory, branch, listener, signal);
  signal.addEventListener("abort", () => repositoryWatch.close(), { once: true });
  await repositoryWatch.arm();
}

class RepositoryWatch {
  readonly #gitDirectory: string;
  readonly #listener: RepositoryListener;
  readonly #signal: AbortSignal;
  readonly #directories: readonly string[];
  /** The watched paths: the files that git replaces and the directories above them. */
  readonly #paths: ReadonlySet<string>;
  #watcher: FSWatcher | null = null;
  #watchedDirectories = "";
  #isArming = false;
  #timer: NodeJS.Timeout | null = null;
  #burstStartedAtMs: number | null = null;

  constructor(gitDirectory: string, branch: string, listener: RepositoryListener, signal: AbortSignal) {
    this.#gitDirectory = path.resolve(gitDirectory);
    const files = refFilesOf(this.#gitDirectory, branch);
    this.#listener = listener;
    this.#signal = signal;
    this.#directories = directoriesAbove(files);
    this.#paths = new Set([...files, ...this.#directories]);
  }

  /** Replaces the watcher. Reads the identities before and after that, so that a change in between is noticed. */
  async arm(): Promise<void> {
    this.#isArming = true;
    try {
      this.#watchedDirectories = await identifyDirectories(this.#directories);
      const root = await findExistingDirectory(path.dirname(this.#gitDirectory));
      // The old watcher is closed first: chokidar shares one inotify watch per path between watchers, even one that is dead.
      await this.#watcher?.close();
      if (this.#signal.aborted) return;
      this.#watcher = this.#open(root);
      await waitUntilReady(this.#watcher, this.#signal);
    } finally {
      this.#isArming = false;
    }
    if (await this.#isReplaced()) this.#settleSoon();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#watcher?.close().catch((error: unknown) => this.#listener.onError(toError(error)));
  }

  #open(root: string): FSWatcher {
    const watcher = watch(root, {
      ignoreInitial: true,
      ignored: (candidate) => !this.#paths.has(candidate),
    });
    watcher.on("raw", (_event, name: string | null, details: unknown) => {
      if (this.#concerns(name, details)) this.#settleSoon();
    });
    watcher.on("error", (error) => {
      if (!this.#signal.aborted) this.#listener.onError(toError(error));
    });
    return watcher;
  }

  #concerns(name: string | null, details: unknown): boolean {
    const watched = watchedPathOf(details);
    if (name === null || watched === null) return true;
    // The event has the name of the watched path itself, or the name of an entry in it.
    return name === path.basename(watched) || this.#paths.has(path.join(watched, name));
  }

  #settleSoon(): void {
    if (this.#signal.aborted) return;
    const nowMs = performance.now();
    this.#burstStartedAtMs ??= nowMs;
    const leftMs = this.#burstStartedAtMs + maxDelayMs - nowMs;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), Math.max(0, Math.min(settleMs, leftMs)));
  }

  #settle(): void {
    this.#burstStartedAtMs = null;
    if (this.#isArming) {
      this.#settleSoon();
      return;
    }
    this.#armIfReplaced()
      .catch((error: unknown) => this.#listener.onError(toError(error)))
      .finally(() => {
        if (!this.#signal.aborted) this.#listener.onChange();
      });
  }

  async #armIfReplaced(): Promise<void> {
    if ((await this.#isReplaced()) && !this.#isArming) await this.arm();
  }

  async #isReplaced(): Promise<boolean> {
    return (await identifyDirectories(this.#directories)) !== this.#watchedDirectories;
  }
}

function waitUntilReady(watcher: FSWatcher, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => resolve();
    watcher.once("ready", finish);
    // A watcher may never become ready: it may fail, or be closed, which emits no event.
    watcher.once("error", finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}

function watchedPathOf(details: unknown): string | null {
  if (typeof details !== "object" || details === null || !("watchedPath" in details)) return null;
  return typeof details.watchedPath === "string" ? details.watchedPath : null;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
