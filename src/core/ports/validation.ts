/** What the agent needs to check a revision before it uses it. Contracts only. */
import type { Desired } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";
import type { RepositoryConfig } from "../model/rules.ts";

export interface ValidationPort {
  /**
   * Parses the text of gitops.yaml; an empty text means the defaults. Never throws.
   * @param file name of the file in diagnostics
   * @returns `config` is null when there is an error; `diagnostics` then has all of them
   */
  parseRepositoryConfig(
    text: string,
    file: string,
  ): { readonly config: RepositoryConfig | null; readonly diagnostics: readonly Diagnostic[] };
  /**
   * All errors and warnings for `desired` on this host, also those that only systemd, podman or a look at the host can
   * find.
   * @throws AgentError `systemd-unreachable` when a checker does not end in time; the signal's reason
   */
  validate(desired: Desired, inventory: Inventory, signal: AbortSignal): Promise<readonly Diagnostic[]>;
}
