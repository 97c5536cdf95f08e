/** What the agent needs to judge a revision before it does anything with it. Contracts only. */
import type { Desired } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";
import type { RepositoryConfig } from "../model/rules.ts";

export interface ValidationPort {
  /**
   * Parses the text of gitops.yaml; an empty one means the defaults. Never throws.
   * @param file how diagnostics name the file
   * @returns `config` is null when there is an error; `diagnostics` then has all of them
   */
  parseRepositoryConfig(
    text: string,
    file: string,
  ): { readonly config: RepositoryConfig | null; readonly diagnostics: readonly Diagnostic[] };
  /**
   * Everything that is wrong or alarming about `desired` on this host: what only systemd, podman or a look at the host can find
   * as well.
   * @throws AgentError `systemd-unreachable` when a checker does not end; the signal's reason
   */
  validate(desired: Desired, inventory: Inventory, signal: AbortSignal): Promise<readonly Diagnostic[]>;
}
