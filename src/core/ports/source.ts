/** What the agent needs from a git repository. Contracts only. */
import type { Revision } from "../model/revision.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** Each method also throws the signal's reason when the signal aborts. */
export interface SourcePort {
  /**
   * Whether the history was rewritten since `applied`: `applied` is not an ancestor of `tip`, or it is not in the clone
   * any more. Always false when the administrator chose the tip: when an exact commit is followed, or when the followed
   * branch or tag is another one than at `applied`.
   * @throws AgentError `clone-damaged` (the next fetch makes a new clone)
   */
  isRewritten(applied: Revision, tip: Revision, signal: AbortSignal): Promise<boolean>;
  /**
   * Verifies the signatures of all commits in `to` that are not in `from`, on all sides of merges. Verifies only `to`
   * itself when that is configured, when `from` is null (the very first time), or when `from` is not in the clone. The
   * signature of a tag does not count: commits are verified, so that a moved tag cannot bring in unsigned commits.
   * @returns the signer of `to`; null when no verification is configured
   * @throws AgentError `revision-untrusted` (it names the commit), `config-invalid` (a key file is missing or unsafe,
   *   gpg or ssh-keygen is not installed), `host-write-failed`, `clone-damaged`
   */
  verifyHistory(
    range: { readonly from: string | null; readonly to: Revision },
    signal: AbortSignal,
  ): Promise<{ readonly tipSigner: { readonly name: string } | null } | null>;
  /**
   * Updates the local clone and returns the tip of what is followed.
   * @throws AgentError `repository-unreachable`, `revision-not-found` (no such branch, tag or commit),
   *   `config-invalid` (a password in the URL), `host-write-failed` (the clone cannot be written)
   */
  fetch(signal: AbortSignal): Promise<Revision>;
  /**
   * Reads the files of one commit from the local clone, without network. Only paths that `wanted` accepts are read and
   * checked.
   * @throws AgentError `revision-not-found`; `repository-invalid` for a limit, a submodule, a hostile name;
   *   `clone-damaged` for an object that cannot be read (then the next fetch makes a new clone);
   *   `host-write-failed` when the agent may not use the clone
   */
  readSnapshot(revision: Revision, wanted: (path: string) => boolean, signal: AbortSignal): Promise<Snapshot>;
}
