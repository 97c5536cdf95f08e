/** The agent's own units, for the commands that set a host up and take the agent away. */
import { agentUnit, restoreUnit } from "../core/model/agent-units.ts";
import { changeService, readServiceState, type ServiceManager, type ServiceState } from "../setup/service.ts";

export type { ServiceManager, ServiceState } from "../setup/service.ts";

/** The memory that the credentials are in; the agent of a user has it from the user's manager. */
const credentialMounts: Readonly<Record<ServiceManager["manager"], readonly string[]>> = {
  system: [String.raw`run-gitops\x2dagent-credentials.mount`],
  user: [],
};

/** @throws AgentError `systemd-unreachable` */
export async function readAgentService(manager: ServiceManager): Promise<ServiceState> {
  return await readServiceState(manager, agentUnit);
}

/**
 * Enables the restore of credentials at boot and the agent, and starts the agent. Returns when it is ready.
 * @throws AgentError `systemd-refused`, `systemd-unreachable`
 */
export async function startAgent(manager: ServiceManager): Promise<void> {
  await changeService(manager, ["enable", "--quiet", restoreUnit]);
  await changeService(manager, ["enable", "--now", "--quiet", agentUnit]);
}

/**
 * Stops the agent, after the round that is under way, and disables it. The restore at boot stays.
 * @throws AgentError `systemd-refused`, `systemd-unreachable`
 */
export async function stopAgent(manager: ServiceManager): Promise<void> {
  await changeService(manager, ["disable", "--now", "--quiet", agentUnit]);
}

/**
 * Ends the restore at boot, and releases the memory with the credentials.
 * @throws AgentError `systemd-refused`, `systemd-unreachable`
 */
export async function stopRestore(manager: ServiceManager): Promise<void> {
  await changeService(manager, ["disable", "--now", "--quiet", restoreUnit]);
  for (const mount of credentialMounts[manager.manager]) await changeService(manager, ["stop", mount]);
}
