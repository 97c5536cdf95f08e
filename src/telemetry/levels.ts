/** Chooses the log level of each event. Must not format anything. */
import type { AgentEvent } from "../core/model/events.ts";
import type { LogLevel } from "../core/model/log-settings.ts";

/** The priority that journald reads from the start of a line (sd-daemon(3)). */
export const priorities: Readonly<Record<LogLevel, number>> = { warning: 4, notice: 5, info: 6, debug: 7 };

/** Warnings are events that a person should look at: `journalctl -p warning` shows exactly these. */
const levels: Readonly<Record<AgentEvent["type"], LogLevel>> = {
  "agent.started": "notice",
  "agent.stopped": "notice",
  "agent.warned": "warning",
  "sink.failed": "warning",
  "sink.recovered": "notice",
  "state.failed": "warning",
  "state.recovered": "notice",
  "repository.polled": "info",
  "repository.failed": "warning",
  "repository.recovered": "notice",
  "revision.attempted": "info",
  "revision.warned": "warning",
  "revision.applied": "notice",
  "revision.degraded": "warning",
  "revision.rejected": "warning",
  "revision.superseded": "notice",
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
  "unit.takenAlong": "notice",
  "unit.skipped": "notice",
  "unit.unfinished": "notice",
  "unit.finished": "notice",
  "unit.failed": "warning",
  "unit.worsened": "warning",
  "unit.recovered": "info",
  "unit.spared": "info",
  "drift.detected": "warning",
  "drift.resolved": "notice",
  "drift.corrected": "notice",
  "drift.stalled": "warning",
};

/** The level of an event. A poll without news and a failure that is not the first of its kind get a lower level. */
export function levelOf(event: AgentEvent): LogLevel {
  if (event.type === "repository.polled" && !event.news) return "debug";
  if ((event.type === "repository.failed" || event.type === "rollback.failed") && !event.first) return "info";
  if (event.type === "unit.spared" && event.pending) return "notice";
  return levels[event.type];
}
