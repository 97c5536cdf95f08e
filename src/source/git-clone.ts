/**
 * One bare clone on disk: makes it, writes the settings for its git processes, and fetches what is followed. Must not
 * explain failures, and must not decide to delete a clone.
 */
import { constants } from "node:fs";
import { access, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "../core/model/errors.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { Revision } from "../core/model/revision.ts";
import { describeFailedCall, errnoOf } from "../lib/system-error.ts";
import { GitFailure, runPorcelain, streamGit } from "./git-process.ts";
import { buildFetchEnvironment, formatSettings, sourceRef, trackingRef } from "./git-settings.ts";
import { readLocalRef } from "./local-ref.ts";
import { findLocalRepository, findTrustedDirectories } from "./repository-url.ts";

export interface CloneOptions {
  readonly access: RepositoryAccess;
  /** How long git or the server may send nothing, milliseconds. */
  readonly timeoutMs: number;
}

/** More than a usual commit has for author, date and subject. */
const longestHead = 64 * 1024;

/** A bare clone in one directory. */
export class GitClone {
  readonly directory: string;
  readonly #options: CloneOptions;

  constructor(directory: string, options: CloneOptions) {
    this.directory = directory;
    this.#options = options;
  }

  /**
   * Makes the bare repository if there is none. It gets only what is followed, if the source can give that alone.
   * @returns true when the repository was made just now
   * @throws GitFailure; AgentError `host-write-failed`
   */
  async prepare(signal: AbortSignal): Promise<boolean> {
    const isNew = !(await exists(join(this.directory, "objects")));
    await writeLocally(this.directory, async () => {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await this.#writeSettings();
    });
    if (!(await exists(join(this.directory, "HEAD")))) await this.#run(["init", "--bare", "--quiet"], signal);
    return isNew;
  }

  /**
   * Moves this clone to the place of another one, which is deleted.
   * @throws AgentError `host-write-failed`
   */
  async takePlaceOf(other: string): Promise<void> {
    await writeLocally(other, async () => {
      const old = `${other}.old`;
      await rm(old, { recursive: true, force: true });
      if (await exists(other)) await rename(other, old);
      await rename(this.directory, other);
      await rm(old, { recursive: true, force: true });
    });
  }

  /**
   * Deletes the clone.
   * @throws AgentError `host-write-failed`
   */
  async remove(): Promise<void> {
    await writeLocally(this.directory, () => rm(this.directory, { recursive: true, force: true }));
  }

  /**
   * Fetches what is followed. Accepts a rewritten history: others check that.
   * @throws GitFailure
   */
  async fetch(signal: AbortSignal): Promise<void> {
    await this.#fetch([], [], signal);
  }

  /**
   * Finds a commit that the source does not give by its id: fetches all branches and tags, and looks for it there.
   * @returns false when the commit is in none of them
   * @throws GitFailure
   */
  async findAmongBranches(commit: string, signal: AbortSignal): Promise<boolean> {
    // Without the empty map, git would again ask for the configured refspec, that is for the id.
    const all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
    await this.#fetch(["--refmap="], all, signal);
    const followed = { kind: "commit", name: commit } as const;
    try {
      await this.#run(["update-ref", trackingRef(followed), commit], signal);
      return true;
    } catch (error) {
      if (error instanceof GitFailure && /nonexistent object/.test(error.stderr)) return false;
      throw error;
    }
  }

  /**
   * Reads the commit that the last fetch found.
   * @returns null when the ref leads to something that is not a commit
   * @throws GitFailure
   */
  async readTip(signal: AbortSignal): Promise<Revision | null> {
    const { branch, followed } = this.#options.access;
    const ref = trackingRef(followed);
    if (followed.kind !== "branch") {
      const kind = followed.kind === "tag" ? `${ref}^{}` : ref;
      if ((await this.#run(["cat-file", "-t", kind], signal)).trim() !== "commit") return null;
    }
    const format = "--format=%H%x00%an <%ae>%x00%ct%x00%s";
    const output = await this.#readStart(["log", "-1", format, ref, "--"], signal);
    const [commit = "", author = "", committedAt = "", subject = ""] = output.trimEnd().split("\0");
    if (commit === "") throw new GitFailure("the clone has no commit at the tip");
    return {
      branch,
      commit,
      subject: showable(subject),
      author: showable(author),
      committedAt: formatTime(Number(committedAt)),
    };
  }

  /**
   * Asks the source which object it has under the followed branch or tag, without fetching it. Of a repository on this host
   * the ref is read, if it is a plain one.
   * @returns the object's id, for an annotated tag that of the tag; null when there is none, and for a followed commit
   * @throws GitFailure
   */
  async askSource(signal: AbortSignal): Promise<string | null> {
    const ref = sourceRef(this.#options.access.followed);
    if (ref === null) return null;
    const repository = findLocalRepository(this.#options.access.url);
    const known = repository === null ? null : readLocalRef(repository, ref);
    if (known !== null) return known;
    const output = await this.#run(["ls-remote", "--refs", "origin", ref], signal);
    const line = output.split("\n").find((one) => one.endsWith(`\t${ref}`));
    return line?.split("\t")[0] ?? null;
  }

  /**
   * Reads which object the last fetch has found.
   * @throws GitFailure
   */
  async readFetched(signal: AbortSignal): Promise<string> {
    const ref = trackingRef(this.#options.access.followed);
    return (await this.#readStart(["rev-parse", "--verify", "--end-of-options", ref], signal)).trim();
  }

  /**
   * Asks the source for the names of its branches or tags.
   * @returns the first `limit` of them
   * @throws GitFailure
   */
  async listNames(kind: "branch" | "tag", limit: number, signal: AbortSignal): Promise<readonly string[]> {
    const place = kind === "branch" ? "heads" : "tags";
    const output = await this.#run(["ls-remote", `--${place}`, "--refs", "origin"], signal);
    const names = output.split("\n").flatMap((line) => line.split(`\trefs/${place}/`)[1] ?? []);
    return names.slice(0, limit).map(showable);
  }

  async #fetch(options: readonly string[], refspecs: readonly string[], signal: AbortSignal): Promise<void> {
    // With --progress git writes something during a slow transfer. With --verbose it writes something when there is nothing
    // new: simple-git waits 50 ms longer for a process that has written nothing.
    const always = ["--progress", "--verbose", "--no-write-fetch-head"];
    const args = ["fetch", ...always, ...options, "origin", ...refspecs];
    // git names files of its object store only when they are broken. It may go on without them this time.
    await this.#run(args, signal, join(this.directory, "objects", "/"));
  }

  /** What git writes, cut after some kilobytes: a commit may have gigabytes of a subject. */
  async #readStart(args: readonly string[], signal: AbortSignal): Promise<string> {
    let start = Buffer.alloc(0);
    const onOutput = (chunk: Buffer): void => {
      if (start.length < longestHead) start = Buffer.concat([start, chunk]).subarray(0, longestHead);
    };
    await streamGit(args, { environment: this.#environment, signal, onOutput });
    return start.toString("utf8");
  }

  #run(args: readonly string[], signal: AbortSignal, failWhenSaid?: string): Promise<string> {
    const options = { environment: this.#environment, signal, timeoutMs: this.#options.timeoutMs };
    return runPorcelain(args, failWhenSaid === undefined ? options : { ...options, failWhenSaid });
  }

  get #environment(): Record<string, string> {
    return buildFetchEnvironment(this.directory, this.#settingsFile, this.#options.access, process.env);
  }

  get #settingsFile(): string {
    return join(this.directory, "gitops-agent.gitconfig");
  }

  async #writeSettings(): Promise<void> {
    const text = formatSettings({
      ...this.#options,
      trustedDirectories: findTrustedDirectories(this.#options.access.url),
    });
    if ((await readFile(this.#settingsFile, "utf8").catch(() => null)) === text) return;
    const temporary = `${this.#settingsFile}.${process.pid}`;
    await rm(temporary, { force: true });
    await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
    await rename(temporary, this.#settingsFile);
  }
}

/** A text of a commit for a terminal: one line, no control characters, at most 500 characters. */
function showable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\u{FFFD}").slice(0, 500);
}

/** Seconds since the epoch as ISO 8601; the epoch itself for a number that is no time, which a commit may have. */
function formatTime(seconds: number): string {
  const time = new Date(seconds * 1000);
  return (Number.isNaN(time.getTime()) ? new Date(0) : time).toISOString();
}

async function writeLocally(directory: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new AgentError(
      "host-write-failed",
      ...describeFailedCall("write the local clone", directory, error),
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Checks that the clone can be read. A clone that was not made yet is no error. git prints the same for both cases, so this
 * is asked before.
 * @throws AgentError `host-write-failed` when the clone is there and may not be read
 */
export async function checkReadable(directory: string): Promise<void> {
  try {
    await access(directory, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw new AgentError("host-write-failed", ...describeFailedCall("use the local clone", directory, error));
  }
}
