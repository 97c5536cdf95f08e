/** What the agent needs of a git repository. Contracts only. */
import type { Revision } from "../model/revision.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** How a tip relates to what is applied. `unknown`: the applied commit is not in the clone any more. */
export type Ancestry = "descendant" | "rewritten" | "unknown" | "chosen";

export interface SourcePort {
  /** Whether `tip` builds on `applied`; `chosen` when the administrator follows something else than then. */
  readAncestry(applied: Revision, tip: Revision, signal: AbortSignal): Promise<Ancestry>;
  /**
   * Checks the signatures of what is in `to` and not in `from`.
   * @returns null when no verification is configured
   * @throws AgentError `revision-untrusted` naming the commit, `config-invalid`
   */
  verifyHistory(
    range: { readonly from: string | null; readonly to: Revision },
    signal: AbortSignal,
  ): Promise<{ readonly tipSigner: { readonly name: string } | null } | null>;
  /**
   * Brings the local clone up to date and returns the tip of the followed branch.
   * @throws AgentError `repository-unreachable`, `revision-not-found`, `config-invalid`, `host-write-failed`
   */
  fetch(signal: AbortSignal): Promise<Revision>;
  /**
   * Reads the files of one commit from the local clone, without network. Only paths that `wanted` accepts are read.
   * @throws AgentError `revision-not-found`, `repository-invalid` (a limit is exceeded, a submodule, a hostile name),
   *   `clone-damaged` (the next fetch makes the clone anew)
   */
  readSnapshot(revision: Revision, wanted: (path: string) => boolean, signal: AbortSignal): Promise<Snapshot>;
}
