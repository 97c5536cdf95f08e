/** Looks for drift at the end of a round and reports what is new and what is gone. Corrects nothing. */
import { detectDrift } from "../core/drift.ts";
import type { DriftRecord } from "../core/sync-record.ts";
import { type ObservePorts, observeForDrift } from "./observe.ts";
import type { Clock, EventSink, StatePort } from "./ports.ts";

export interface AuditPorts extends ObservePorts {
  readonly state: StatePort;
  readonly events: EventSink;
  readonly clock: Clock;
}

/**
 * Each finding is reported when it appears and when it is gone, not on every audit in between.
 * @param known what the audit before found
 * @throws AgentError `state-unreadable`, `host-write-failed` for a directory that cannot be listed
 */
export async function auditDrift(
  ports: AuditPorts,
  known: readonly DriftRecord[],
): Promise<readonly DriftRecord[]> {
  const inventory = await ports.state.loadInventory();
  const found = detectDrift(inventory, await observeForDrift(ports, inventory));
  const before = new Map(known.map((drift) => [drift.key, drift]));
  const now = new Date(ports.clock.now()).toISOString();
  const records = found.map((drift) => ({ ...drift, since: before.get(drift.key)?.since ?? now }));
  for (const drift of records) {
    if (!before.has(drift.key)) ports.events.emit({ type: "drift.detected", drift });
  }
  const keys = new Set(found.map(({ key }) => key));
  for (const drift of known) {
    if (!keys.has(drift.key)) ports.events.emit({ type: "drift.resolved", drift });
  }
  return records;
}
