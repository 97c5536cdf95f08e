/** Joins what `init` needs of the git server's host key: which server it is, what it shows, and where the key is pinned. */
import type { AgentConfig } from "../config/agent-config.ts";
import { hasHostKey, pinHostKey, scanHostKeys } from "../setup/host-keys.ts";
import { findSshServer, type HostKey } from "../setup/ssh-server.ts";

export type { HostKey } from "../setup/ssh-server.ts";

/** The place of the one host key that the agent will trust. */
export interface HostKeyPin {
  /** How known_hosts names the server. */
  readonly server: string;
  readonly file: string;
  isPinned(): Promise<boolean>;
  scan(): Promise<readonly HostKey[]>;
  pin(key: HostKey): Promise<void>;
}

/** Null when the repository is not reached by ssh, or when agent.yaml leaves known_hosts to ssh. */
export function findHostKeyPin({ repository }: AgentConfig): HostKeyPin | null {
  const server = findSshServer(repository.url);
  const file = repository.knownHosts;
  if (server === null || file === undefined) return null;
  return {
    server: server.knownAs,
    file,
    isPinned: () => hasHostKey(server, file),
    scan: () => scanHostKeys(server),
    pin: (key) => pinHostKey(key, file),
  };
}
