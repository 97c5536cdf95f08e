/** The default values of agent.yaml. Must not import a library, so that reading them is cheap. */
import { alertClasses } from "../core/model/alert.ts";
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
  notifyOn: [...alertClasses.filter((alertClass) => alertClass !== "suspended"), "recovered"],
  notifyMaxPerHour: 20,
  notifyTimeout: "30s",
  alertmanagerRepeat: "1min",
} as const;
