/**
 * The configuration repository: fetches what is followed into the agent's own bare clone, and verifies and reads it there.
 * Replaces a clone that is broken. Must not interpret a file of the repository, check anything out, or keep files outside of
 * the clone directory and the directories `.new` and `.old` beside it.
 */
import { AgentError } from "../core/model/errors.ts";
import type { RepositoryAccess, VerifyRules } from "../core/model/repository-access.ts";
import type { Revision } from "../core/model/revision.ts";
import type { Snapshot } from "../core/model/snapshot.ts";
import type { SourcePort } from "../core/ports/source.ts";
import { DamagedObject } from "./blob-reader.ts";
import { CommitMemory } from "./commit-memory.ts";
import { explainFailure, type FailureContext, isMissingRef, reportUnexplained } from "./fetch-failure.ts";
import { checkAccess, reportMissing, reportNotACommit } from "./followed.ts";
import { checkReadable, GitClone } from "./git-clone.ts";
import { GitFailure } from "./git-process.ts";
import { buildReadEnvironment } from "./git-settings.ts";
import { type CloneReader, containsCommit, diffCommits } from "./history.ts";
import { type SignedHistory, verifyNewCommits } from "./signed-history.ts";
import { readCommit } from "./snapshot-reader.ts";

export interface GitRepositoryOptions {
  readonly access: RepositoryAccess;
  /** Null: everybody who can push to the repository is trusted. */
  readonly verify: VerifyRules | null;
  /** Absolute path. All of the directory belongs to this class, which makes it at the first fetch. */
  readonly cloneDirectory: string;
  /** How long git and the server may send nothing before a fetch fails, milliseconds. */
  readonly timeoutMs: number;
}

/** A fetch also finds damage that no read has met, and tidies the clone: one is made after so many questions. */
const questionsPerFetch = 100;

/** More than a person reads. */
const maxDiffBytes = 1024 * 1024;

interface FetchedTip {
  /** The object that the source has under the followed branch or tag. */
  readonly id: string;
  readonly tip: Revision;
  /** How often the source was asked since. */
  readonly questions: number;
}

/** The source of revisions: a repository that is reached by git. */
export class GitRepository implements SourcePort {
  readonly #options: GitRepositoryOptions;
  /** What a read found broken in the clone: the next fetch makes a new one. A fetch does not notice damage by itself. */
  #damage: string | null = null;
  #fetched: FetchedTip | null = null;
  #memory = new CommitMemory();

  constructor(options: GitRepositoryOptions) {
    this.#options = options;
  }

  async fetch(signal: AbortSignal): Promise<Revision> {
    signal.throwIfAborted();
    const { access, cloneDirectory, timeoutMs } = this.#options;
    const context: FailureContext = { access, timeoutMs, secrets: await checkAccess(access) };
    if (this.#damage === null) {
      const clone = new GitClone(cloneDirectory, this.#options);
      const outcome = await this.#tryFetch(clone, context, signal);
      if (!(outcome instanceof GitFailure)) return outcome;
    }
    return this.#replaceClone(context, signal);
  }

  async isRewritten(applied: Revision, tip: Revision, signal: AbortSignal): Promise<boolean> {
    const { followed } = this.#options.access;
    if (followed.kind === "commit" || applied.branch !== tip.branch) return false;
    return !(await this.#readClone(signal, (reader) => containsCommit(tip.commit, applied.commit, reader)));
  }

  async verifyHistory(
    range: { readonly from: string | null; readonly to: Revision },
    signal: AbortSignal,
  ): Promise<SignedHistory | null> {
    const { verify } = this.#options;
    if (verify === null) return null;
    return this.#readClone(signal, (reader) =>
      verifyNewCommits({ ...reader, rules: verify, from: range.from, to: range.to.commit }),
    );
  }

  async readSnapshot(
    revision: Revision,
    wanted: (path: string) => boolean,
    signal: AbortSignal,
  ): Promise<Snapshot> {
    const { timeoutMs } = this.#options;
    return this.#readClone(signal, (reader) =>
      readCommit({ ...reader, revision, wanted, timeoutMs, memory: this.#memory }),
    );
  }

  /**
   * What differs between two commits of the local clone, as git shows it; null when the clone does not have both.
   * @throws AgentError `host-write-failed` when this user may not read the clone; OutputTooLong beyond a megabyte
   */
  async diff(from: string, to: string, signal: AbortSignal): Promise<string | null> {
    return this.#readClone(signal, (reader) =>
      diffCommits(from, to, { ...reader, limitBytes: maxDiffBytes }),
    );
  }

  async #readClone<Result>(
    signal: AbortSignal,
    read: (reader: CloneReader) => Promise<Result>,
  ): Promise<Result> {
    const { cloneDirectory } = this.#options;
    await checkReadable(cloneDirectory);
    try {
      return await read({ environment: buildReadEnvironment(cloneDirectory, process.env), signal });
    } catch (error) {
      if (!(error instanceof DamagedObject)) throw error;
      this.#damage = error.message;
      this.#fetched = null;
      this.#memory = new CommitMemory();
      throw new AgentError("clone-damaged", `the local clone is damaged: ${error.message}`, {
        subject: cloneDirectory,
        hint: "Nothing to do: the next fetch makes the clone anew. If it happens again, check the disk.",
        cause: error,
      });
    }
  }

  /** The tip at the last fetch, if it is still what the source has: asking takes a fraction of what a fetch takes. */
  async #askForTip(clone: GitClone, signal: AbortSignal): Promise<Revision | null> {
    const known = this.#fetched;
    if (known === null || known.questions >= questionsPerFetch) return null;
    this.#fetched = { ...known, questions: known.questions + 1 };
    return (await clone.askSource(signal)) === known.id ? known.tip : null;
  }

  /**
   * Fetches into one clone. Returns a failure that the clone itself may cause, unless the clone was made just now.
   * @throws AgentError for every other failure
   */
  async #tryFetch(
    clone: GitClone,
    context: FailureContext,
    signal: AbortSignal,
  ): Promise<Revision | GitFailure> {
    const { access } = this.#options;
    let isNew = false;
    try {
      isNew = await clone.prepare(signal);
      const known = isNew ? null : await this.#askForTip(clone, signal);
      if (known !== null) return known;
      await this.#fetchFollowed(clone, signal);
      const tip = await clone.readTip(signal);
      if (tip === null || (access.followed.kind === "commit" && tip.commit !== access.followed.name)) {
        throw reportNotACommit(access);
      }
      this.#fetched = { id: await clone.readFetched(signal), tip, questions: 0 };
      return tip;
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      if (isMissingRef(error)) throw await reportMissing(access, clone, signal);
      const explained = explainFailure(error, context);
      if (explained !== null) throw explained;
      if (isNew) throw reportUnexplained(error, context);
      return error;
    }
  }

  async #fetchFollowed(clone: GitClone, signal: AbortSignal): Promise<void> {
    const { kind, name } = this.#options.access.followed;
    try {
      await clone.fetch(signal);
    } catch (error) {
      if (kind !== "commit" || !(error instanceof GitFailure) || !isMissingRef(error)) throw error;
      if (!(await clone.findAmongBranches(name, signal))) throw error;
    }
  }

  /** Fills a new clone beside the old one, and then replaces the old one. If that fails, the old one stays usable. */
  async #replaceClone(context: FailureContext, signal: AbortSignal): Promise<Revision> {
    const { cloneDirectory } = this.#options;
    const fresh = new GitClone(`${cloneDirectory}.new`, this.#options);
    await fresh.remove();
    const outcome = await this.#tryFetch(fresh, context, signal);
    if (outcome instanceof GitFailure) throw reportUnexplained(outcome, context);
    await fresh.takePlaceOf(cloneDirectory);
    this.#damage = null;
    return outcome;
  }
}
