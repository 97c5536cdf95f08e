/** The agent's own units, for the commands that set a host up and take the agent away. */
import { restoreUnit } from "../core/desired/credential-drop-in.ts";
import { changeService, readServiceState, type ServiceState } from "../setup/service.ts";

export type { ServiceState } from "../setup/service.ts";

export const agentUnit = "gitops-agent.service";

/** The memory that the credentials are in. */
const credentialMount = String.raw`run-gitops\x2dagent-credentials.mount`;

/** @throws AgentError `systemd-unreachable` */
export async function readAgentService(): Promise<ServiceState> {
  return await readServiceState(agentUnit);
}

/**
 * Enables the restore of credentials at boot and the agent, and starts the agent. Returns when it is ready.
 * @throws AgentError `systemd-refused`, `systemd-unreachable`
 */
export async function startAgent(): Promise<void> {
  await changeService(["enable", "--quiet", restoreUnit]);
  await changeService(["enable", "--now", "--quiet", agentUnit]);
}

/**
 * Stops the agent, after the round that is under way, and disables it. The restore at boot stays.
 * @throws AgentError `systemd-refused`, `systemd-unreachable`
 */
export async function stopAgent(): Promise<void> {
  await changeService(["disable", "--now", "--quiet", agentUnit]);
}

/**
 * Ends the restore at boot, and releases the memory with the credentials.
 * @throws AgentError `systemd-refused`, `systemd-unreachable`
 */
export async function stopRestore(): Promise<void> {
  await changeService(["disable", "--now", "--quiet", restoreUnit]);
  await changeService(["stop", credentialMount]);
}
