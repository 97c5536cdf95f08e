/** What agent.yaml need not say. No library is needed to read it. */

export const agentDefaults = {
  branch: "main",
  verifiedCommits: "every",
  interval: "60s",
  prune: true,
  allowEmpty: false,
  pruneLimit: "50%",
  unitDirectory: "/etc/systemd/system",
  quadletDirectory: "/etc/containers/systemd",
  stateDirectory: "/var/lib/gitops-agent",
  runtimeDirectory: "/run/gitops-agent",
  logFormat: "text",
  logLevel: "info",
} as const;
