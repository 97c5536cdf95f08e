/**
 * Ends a round, whatever happened in it: files and units are looked at, and what is to be remembered is written. Must not
 * touch units.
 */
import { AgentError } from "../core/errors.ts";
import { recordSync } from "../core/history.ts";
import type { SyncRecord } from "../core/sync-record.ts";
import { auditDrift } from "./audit.ts";
import { warnOf } from "./failure.ts";
import type { SyncPorts } from "./sync.ts";
import type { UnitWatch } from "./unit-watch.ts";

/**
 * @returns the outcome with the record as it was persisted
 * @throws AgentError `state-unreadable`, `state-unwritable`
 */
export async function finishRound<Outcome extends { readonly record: SyncRecord }>(
  ports: SyncPorts,
  watch: UnitWatch,
  outcome: Outcome,
): Promise<Outcome> {
  const drift = await auditDrift(ports, outcome.record.drift);
  const record = { ...outcome.record, drift, ...(await watch.look(outcome.record)) };
  // First, so that it is kept in memory, too, when the disk takes neither. Said twice, it is one entry.
  await writeHistory(ports, record);
  await ports.state.saveSyncRecord(record);
  await removeOldCredentials(ports);
  return { ...outcome, record };
}

async function writeHistory({ history, state, clock, events }: SyncPorts, record: SyncRecord): Promise<void> {
  const before = await history.load();
  const now = new Date(clock.now()).toISOString();
  const after = recordSync(before, await state.loadInventory(), record, now);
  if (after === before) return;
  try {
    await history.save(after);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    // That the state cannot be written is said by the one who keeps it.
    if (error.code === "state-unwritable") return;
    warnOf(events, "the history of syncs cannot be written", error);
  }
}

/** Not before the units have settled: until then there may be a way back. */
async function removeOldCredentials({ state, credentials }: SyncPorts): Promise<void> {
  const { applying, generation } = await state.loadInventory();
  if (applying === null) await credentials.removeOthers(generation === null ? [] : [generation]);
}
