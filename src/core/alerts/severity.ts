/** How much an alert weighs, in the words that Alertmanager's users have for it. Pure data. */
import type { AlertClass, AlertMessage } from "../model/alert.ts";

/** From the one that weighs most to the one that weighs least. */
const severities = ["critical", "warning", "info"] as const;

export type Severity = (typeof severities)[number];

export const severityOf: Readonly<Record<AlertClass, Severity>> = {
  stalled: "critical",
  "rolled-back": "critical",
  degraded: "critical",
  blocked: "critical",
  rejected: "warning",
  unreachable: "warning",
  drift: "warning",
  waiting: "info",
  suspended: "info",
};

/** What weighs most of what is so; a message that something is over informs. */
export function severityOfMessage({ begun, still }: AlertMessage): Severity {
  const found = new Set([...begun, ...still].map((alert) => severityOf[alert.class]));
  return severities.find((severity) => found.has(severity)) ?? "info";
}
