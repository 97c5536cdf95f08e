/** The default values of agent.yaml. Must not import a library, so that reading them is cheap. */
import { systemPaths } from "../core/model/system-layout.ts";

export const agentDefaults = {
  branch: "main",
  verifiedCommits: "every",
  interval: "60s",
  prune: true,
  allowEmpty: false,
  pruneLimit: "50%",
  ...systemPaths,
  logFormat: "text",
  logLevel: "info",
  webhookJitter: "1s",
  publishInterval: "30s",
  publishEvents: true,
  publishPer: "unit",
  driftGrace: "2s",
  confirm: false,
} as const;
