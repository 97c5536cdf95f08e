/**
 * Ends a round, whatever happened in it: looks at the host for drift, has put back what is due, and saves the record and the
 * history.
 */

import { findEnd } from "../core/gate/gate.ts";
import { AgentError } from "../core/model/errors.ts";
import type { Intent } from "../core/model/intent.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { forgetDone, mergeLastActions } from "../core/record/actions.ts";
import type { Wish } from "../core/record/due-corrections.ts";
import { hasActions, recordSync } from "../core/record/history.ts";
import { forgetCarriedOut } from "../core/record/intent.ts";
import { listOldStamps } from "../core/record/timer-stamps.ts";
import { lookAndCorrect } from "./correct.ts";
import { warnOf } from "./failure.ts";
import { followUnfinished } from "./follow.ts";
import type { HostLook } from "./look.ts";
import type { Outcome } from "./outcome.ts";
import type { PrepareSettings } from "./prepare.ts";
import type { SyncPorts } from "./sync.ts";

/**
 * Looks at the whole host, puts back what is due, and saves how the round went.
 * @param wish what a person wants to have put back
 * @returns the outcome with the record that was saved
 * @throws AgentError `state-unreadable`, `state-unwritable`
 */
export async function finishRound(
  ports: SyncPorts,
  settings: PrepareSettings,
  hostLook: HostLook,
  { outcome, wish }: { readonly outcome: Outcome; readonly wish: Wish },
  signal: AbortSignal,
): Promise<Outcome> {
  ports.meter.enter("finish");
  const followed = await followUnfinished(ports, outcome.record, signal);
  await removeOldStamps(ports);
  const justFailed = listJustFailed(await ports.state.loadSyncRecord(), followed);
  const look = async (before: SyncRecord): Promise<SyncRecord> => {
    const lastActions = mergeLastActions(before.lastActions, await ports.state.loadInventory());
    return { ...before, lastActions, ...(await hostLook.look("all", before, { justFailed, wish })) };
  };
  // A new revision is a person's act: what had stalled before it is put back again.
  const corrections = outcome.kind === "applied" ? {} : followed.corrections;
  const work = { record: { ...followed, corrections }, wish };
  const { record, corrected } = await lookAndCorrect(
    ports,
    settings,
    { look, lookAgain: look },
    work,
    signal,
  );
  // The history comes first: saveSyncRecord throws when the disk is full, and then the history would not even be in memory.
  // Writing the same record again later adds no second entry.
  await writeHistory(ports, record);
  await ports.state.saveSyncRecord(record);
  const intent = await forgetIntent(ports, record);
  await removeOldCredentials(ports);
  const dueAt = findEnd(intent, record.attempt, ports.clock.now());
  return {
    ...outcome,
    record,
    ...(corrected.length > 0 ? { corrected } : {}),
    ...(dueAt === null ? {} : { dueAt }),
  };
}

/** The units that a sync of this round has reported as failed: a round without one hands on the list that it found. */
function listJustFailed(saved: SyncRecord, { applied }: SyncRecord): ReadonlySet<string> {
  const isOld = applied.failedUnits === saved.applied.failedUnits;
  return new Set(isOld ? [] : applied.failedUnits.map(({ unit }) => unit));
}

/** Not before the units have settled: until then there may be a way back for their timers. */
async function removeOldStamps({ state, files, layout }: SyncPorts): Promise<void> {
  const inventory = await state.loadInventory();
  if (inventory.applying !== null || inventory.removedTimers.length === 0) return;
  for (const stamp of listOldStamps(inventory, layout)) await files.remove(stamp);
  await state.saveInventory({ ...inventory, removedTimers: [] });
}

async function forgetIntent({ state }: SyncPorts, { attempt }: SyncRecord): Promise<Intent> {
  const before = await state.loadIntent();
  const intent = forgetCarriedOut(before, await state.loadInventory(), attempt);
  if (intent !== before) await state.saveIntent(intent);
  return intent;
}

/**
 * Adds the record to the history. The actions leave the inventory only when the history has them.
 * @throws AgentError `state-unreadable`, `state-unwritable` for the inventory; a history that cannot be written is reported
 */
export async function writeHistory(
  { history, state, clock, events }: SyncPorts,
  record: SyncRecord,
): Promise<void> {
  const before = await history.load();
  const inventory = await state.loadInventory();
  const after = recordSync(before, inventory, record, new Date(clock.now()).toISOString());
  try {
    if (after !== before) await history.save(after);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    // StateMemory reports this failure itself.
    if (error.code === "state-unwritable") return;
    warnOf(events, "the history of syncs cannot be written", error);
    return;
  }
  if (inventory.actions.done.length === 0 || !hasActions(after, inventory)) return;
  await state.saveInventory({ ...inventory, actions: forgetDone(inventory.actions) });
}

/** Removes older generations, but not before the units have settled: a rollback may still need them. */
async function removeOldCredentials({ state, credentials }: SyncPorts): Promise<void> {
  const { applying, generation } = await state.loadInventory();
  if (applying === null) await credentials.removeOthers(generation === null ? [] : [generation]);
}
