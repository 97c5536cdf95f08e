/**
 * The configuration repository as the agent sees it: fetches the followed branch into a bare clone of its own and
 * reads snapshots from there. Replaces a clone that is broken. Must not interpret a file of the repository, check
 * anything out, or touch a file outside of the clone directory and its siblings `.new` and `.old`.
 */
import { AgentError } from "../core/errors.ts";
import type { Revision, Snapshot } from "../core/state.ts";
import { DamagedObject } from "./blob-reader.ts";
import { explainFailure, type FailureContext, isMissingBranch, reportUnexplained } from "./fetch-failure.ts";
import { GitClone } from "./git-clone.ts";
import { GitFailure } from "./git-process.ts";
import { buildReadEnvironment, type RepositoryAccess } from "./git-settings.ts";
import { describeUrl, hasPassword, isBranchName } from "./repository-url.ts";
import { readCommit } from "./snapshot-reader.ts";
import { readToken } from "./token-file.ts";

export interface GitRepositoryOptions {
  readonly access: RepositoryAccess;
  /** Absolute path; owned by this class as a whole, made on the first fetch. */
  readonly cloneDirectory: string;
  /** How long git and the server may stay silent before a fetch is given up. */
  readonly timeoutMs: number;
}

const branchesInHint = 10;

export class GitRepository {
  readonly #options: GitRepositoryOptions;
  /** What a snapshot found broken in the clone; a fetch alone would not notice. */
  #damage: string | null = null;

  constructor(options: GitRepositoryOptions) {
    this.#options = options;
  }

  /**
   * Brings the local clone up to date and returns the tip of the followed branch.
   * @throws AgentError `repository-unreachable`, `revision-not-found` (no such branch), `config-invalid` (a password
   *   in the URL), `host-write-failed` (the clone cannot be written); the signal's reason when that fires
   */
  async fetch(signal: AbortSignal): Promise<Revision> {
    signal.throwIfAborted();
    const { access, cloneDirectory, timeoutMs } = this.#options;
    const context: FailureContext = { access, timeoutMs, secrets: await this.#checkAccess() };
    if (this.#damage === null) {
      const clone = new GitClone(cloneDirectory, this.#options);
      const outcome = await this.#tryFetch(clone, context, signal);
      if (!(outcome instanceof GitFailure)) return outcome;
    }
    return this.#replaceClone(context, signal);
  }

  /**
   * Reads the files of one commit from the local clone, without network. Only paths that `wanted` accepts are read
   * and checked.
   * @throws AgentError `revision-not-found`; `repository-invalid` for a limit, a submodule, a hostile name, and for
   *   an object that cannot be read (then the next fetch makes the clone anew); the signal's reason
   */
  async readSnapshot(
    revision: Revision,
    wanted: (path: string) => boolean,
    signal: AbortSignal,
  ): Promise<Snapshot> {
    const { cloneDirectory } = this.#options;
    const environment = buildReadEnvironment(cloneDirectory, process.env);
    try {
      return await readCommit({ revision, wanted, environment, signal });
    } catch (error) {
      if (!(error instanceof DamagedObject)) throw error;
      this.#damage = error.message;
      throw new AgentError("clone-damaged", `the local clone is damaged: ${error.message}`, {
        subject: cloneDirectory,
        hint: "Nothing to do: the next fetch makes the clone anew. If it happens again, check the disk.",
        cause: error,
      });
    }
  }

  /** Refuses what git must not be started with. Returns the texts that no message may show. */
  async #checkAccess(): Promise<readonly string[]> {
    const { url, branch, tokenFile } = this.#options.access;
    const subject = describeUrl(url);
    if (hasPassword(url)) {
      throw new AgentError("config-invalid", `the URL of ${subject} contains a password`, {
        subject,
        hint: "Every user of the host could read it in the process list: put it into a file and name that as token-file.",
      });
    }
    if (!isBranchName(branch)) {
      throw new AgentError("revision-not-found", `${JSON.stringify(branch)} cannot be the name of a branch`, {
        subject,
        hint: "Name one branch, for instance main.",
      });
    }
    if (tokenFile === undefined) return [];
    const token = await readToken(tokenFile);
    return [token, Buffer.from(`x-access-token:${token}`).toString("base64")];
  }

  /**
   * Fetches into one clone. A failure that the clone itself may cause is returned, unless the clone is brand-new.
   * @throws AgentError for every other failure
   */
  async #tryFetch(
    clone: GitClone,
    context: FailureContext,
    signal: AbortSignal,
  ): Promise<Revision | GitFailure> {
    let isNew = false;
    try {
      isNew = await clone.prepare(signal);
      await clone.fetchBranch(signal);
      return await clone.readTip(signal);
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      if (isMissingBranch(error)) throw await this.#reportMissingBranch(clone, signal);
      const explained = explainFailure(error, context);
      if (explained !== null) throw explained;
      if (isNew) throw reportUnexplained(error, context);
      return error;
    }
  }

  /** Fills a new clone beside the old one first: as long as that fails, the old one still has what it has. */
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

  async #reportMissingBranch(clone: GitClone, signal: AbortSignal): Promise<AgentError> {
    const { url, branch } = this.#options.access;
    const where = describeUrl(url);
    const branches = await clone.listBranches(branchesInHint, signal).catch(() => null);
    signal.throwIfAborted();
    const listed = branches?.length === 0 ? "It has no branches yet." : `It has: ${branches?.join(", ")}.`;
    return new AgentError("revision-not-found", `${where} has no branch ${branch}`, {
      subject: where,
      hint: `Push the branch, or change branch in the agent's configuration. ${branches === null ? "" : listed}`.trim(),
    });
  }
}
