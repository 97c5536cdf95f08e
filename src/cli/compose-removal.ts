/** Joins what `uninstall` needs: what the agent has left on the host, and how it is deleted. */
import path from "node:path";
import type { AgentConfig } from "../config/agent-config.ts";
import { listPresent, listState, removePaths } from "../setup/removal.ts";

/**
 * The paths that a purge deletes: the state of the agent, and what init has written, as far as agent.yaml names it. A key in
 * another directory, such as the host's own ssh key, is not among them.
 */
export async function findRemains(configPath: string, config: AgentConfig): Promise<readonly string[]> {
  const { sshKey, knownHosts, tokenFile } = config.repository;
  const directory = path.dirname(path.resolve(configPath));
  const named = [sshKey, sshKey === undefined ? undefined : `${sshKey}.pub`, knownHosts, tokenFile];
  const keys = [...config.identities, ...named.filter((file) => file !== undefined)];
  const ours = keys.filter((file) => path.dirname(file) === directory);
  const state = await listState(config.layout);
  // agent.yaml comes last: a purge that was interrupted can be given again.
  return [...state, ...(await listPresent([...ours, path.resolve(configPath)]))];
}

/**
 * Deletes the paths, and the directories of state and configuration when nothing else is in them.
 * @throws AgentError `host-write-failed`
 */
export async function removeRemains(
  remains: readonly string[],
  configPath: string,
  config: AgentConfig,
): Promise<void> {
  const { stateDirectory } = config.layout;
  await removePaths(remains, [stateDirectory, path.dirname(path.resolve(configPath))]);
}
