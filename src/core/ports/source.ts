/** What the agent needs of a git repository. Contracts only. */
import type { Revision } from "../model/revision.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** Each method also throws the signal's reason when that fires. */
export interface SourcePort {
  /**
   * Whether the history was rewritten since `applied`: `tip` does not build on it, or nobody can tell because the commit is
   * not in the clone any more. Never where the administrator chose the tip: an exact commit is followed, or another branch or
   * tag than then.
   * @throws AgentError `clone-damaged` (the next fetch makes the clone anew)
   */
  isRewritten(applied: Revision, tip: Revision, signal: AbortSignal): Promise<boolean>;
  /**
   * Checks the signatures of what is in `to` and not in `from`, on every side of a merge; of `to` alone when that is
   * configured, when `from` is null (the very first time), and when `from` is not in the clone. A tag's own signature
   * does not count: commits are what is verified, so that a moved tag cannot bring in others.
   * @returns null when no verification is configured
   * @throws AgentError `revision-untrusted` naming the commit, `config-invalid` (a file of keys is missing or unsafe,
   *   gpg or ssh-keygen is not installed), `host-write-failed`, `clone-damaged`
   */
  verifyHistory(
    range: { readonly from: string | null; readonly to: Revision },
    signal: AbortSignal,
  ): Promise<{ readonly tipSigner: { readonly name: string } | null } | null>;
  /**
   * Brings the local clone up to date and returns the commit that is followed.
   * @throws AgentError `repository-unreachable`, `revision-not-found` (no such branch, tag or commit),
   *   `config-invalid` (a password in the URL), `host-write-failed` (the clone cannot be written)
   */
  fetch(signal: AbortSignal): Promise<Revision>;
  /**
   * Reads the files of one commit from the local clone, without network. Only paths that `wanted` accepts are read
   * and checked.
   * @throws AgentError `revision-not-found`; `repository-invalid` for a limit, a submodule, a hostile name;
   *   `clone-damaged` for an object that cannot be read (then the next fetch makes the clone anew);
   *   `host-write-failed` when the agent may not use the clone
   */
  readSnapshot(revision: Revision, wanted: (path: string) => boolean, signal: AbortSignal): Promise<Snapshot>;
}
