/** What agent.yaml need not say. No library is needed to read it. */
import { systemPaths } from "../core/model/host-layout.ts";

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
} as const;
