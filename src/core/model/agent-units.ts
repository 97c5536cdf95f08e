/** The names of the agent's own units. They are the same under the system's manager and under that of a user. */

/** The daemon. */
export const agentUnit = "gitops-agent.service";

/** Brings the credentials back at boot, before the units that need them. */
export const restoreUnit = "gitops-agent-credentials.service";

/** Takes webhooks in for the daemon, where its administrator has enabled it. */
export const webhookSocket = "gitops-agent-webhook.socket";
