/** Chooses the log level of each event. Must not format anything. */
import { type DriftWeight, driftKinds } from "../core/drift/kinds.ts";
import type { AgentEvent, DriftNews } from "../core/model/events.ts";
import type { LogLevel } from "../core/model/log-settings.ts";

/** The priority that journald reads from the start of a line (sd-daemon(3)). */
export const priorities: Readonly<Record<LogLevel, number>> = {
  err: 3,
  warning: 4,
  notice: 5,
  info: 6,
  debug: 7,
};

/** Warnings are events that a person should look at: `journalctl -p warning` shows exactly these. */
const levels: Readonly<Record<Exclude<AgentEvent["type"], DriftNews["type"]>, LogLevel>> = {
  "agent.started": "notice",
  "agent.stopped": "notice",
  "agent.warned": "warning",
  "sink.failed": "warning",
  "sink.recovered": "notice",
  "state.failed": "warning",
  "state.recovered": "notice",
  "round.measured": "debug",
  "round.entered": "debug",
  "repository.polled": "info",
  "repository.failed": "warning",
  "repository.recovered": "notice",
  "revision.attempted": "info",
  "revision.warned": "warning",
  "revision.applied": "notice",
  "revision.degraded": "warning",
  "revision.rejected": "warning",
  "revision.superseded": "notice",
  "revision.waiting": "notice",
  "revision.approved": "notice",
  "host.suspended": "notice",
  "host.pinned": "notice",
  "host.resumed": "notice",
  "revision.rolledBack": "warning",
  "rollback.failed": "warning",
  "credentials.activated": "info",
  "file.written": "info",
  "file.adopted": "info",
  "file.deleted": "info",
  "file.restored": "info",
  "file.saved": "notice",
  "manager.reloaded": "info",
  "unit.started": "notice",
  "unit.stopped": "notice",
  "unit.restarted": "notice",
  "unit.reloaded": "notice",
  "hook.ran": "notice",
  "unit.takenAlong": "notice",
  "unit.skipped": "notice",
  "unit.unfinished": "notice",
  "unit.finished": "notice",
  "unit.failed": "warning",
  "unit.spared": "info",
  "drift.corrected": "notice",
  "drift.stalled": "warning",
};

/** The level of an event. A poll without news and a failure that is not the first of its kind get a lower level. */
export function levelOf(event: AgentEvent): LogLevel {
  if (event.type === "repository.polled" && !event.news) return "debug";
  if ((event.type === "repository.failed" || event.type === "rollback.failed") && !event.first) return "info";
  if (event.type === "unit.spared" && event.pending) return "notice";
  return isDriftNews(event) ? levelOfDrift(event) : levels[event.type];
}

function isDriftNews(event: AgentEvent): event is DriftNews {
  return event.type.startsWith("drift.");
}

const levelsOfWeights: Readonly<Record<DriftWeight, LogLevel>> = {
  failed: "err",
  differs: "warning",
  noted: "notice",
};

function levelOfDrift(news: DriftNews): LogLevel {
  const isOver = news.type === "drift.resolved" || (news.type === "drift.burst" && news.of === "resolved");
  return isOver ? "notice" : levelsOfWeights[driftKinds[news.drift.kind].weight];
}
