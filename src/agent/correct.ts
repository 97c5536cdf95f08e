/**
 * Puts back what has drifted from the applied revision, as the policies say or a person asks, by the plan and the apply of a
 * sync. Must not look for drift, and must not touch what is not named.
 */

import { planCorrections } from "../core/drift/corrections.ts";
import { forgetSettled, judgeFlaps, limitOf, noteCorrections, thingOf } from "../core/drift/flaps.ts";
import { findSuspension } from "../core/gate/gate.ts";
import type { CorrectedDrift } from "../core/model/correction.ts";
import type { DriftRecord } from "../core/model/drift.ts";
import { AgentError } from "../core/model/errors.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { isWished, listDue, markStalled, mayCorrect, type Wish } from "../core/record/due-corrections.ts";
import { recordCorrection } from "../core/record/history.ts";
import { recordApplied } from "../core/record/update.ts";
import { converge } from "./converge.ts";
import { warnOf } from "./failure.ts";
import { type PrepareSettings, preparePlan, refuseForbidden } from "./prepare.ts";
import { proveUnits } from "./prove.ts";
import { restoreCredentials } from "./restore.ts";
import type { SyncPorts } from "./sync.ts";

/** Each looks at the host, and gives the record with what it has found. */
export interface Looks {
  look(record: SyncRecord): Promise<SyncRecord>;
  /** After a correction: looks at all that it may have changed. */
  lookAgain(record: SyncRecord): Promise<SyncRecord>;
}

export interface Corrected {
  readonly record: SyncRecord;
  readonly corrected: readonly CorrectedDrift[];
}

/**
 * Looks at the host; puts back what is due; and looks again, to know whether it is gone.
 * @param wish what a person wants to have put back, whatever the policy
 * @throws AgentError `state-unreadable`; what cannot be put back is only reported
 */
export async function lookAndCorrect(
  ports: SyncPorts,
  settings: PrepareSettings,
  looks: Looks,
  { record: before, wish }: { readonly record: SyncRecord; readonly wish: Wish },
  signal: AbortSignal,
): Promise<Corrected> {
  const record = await looks.look(before);
  const nowMs = ports.clock.now();
  const inventory = await ports.state.loadInventory();
  const due = mayCorrect(record, inventory) ? await listAllowed(ports, record, wish) : [];
  if (due.length === 0 || inventory.revision === null) {
    return { record: tellStalled(ports, forget(record, nowMs), before), corrected: [] };
  }
  const noted = noteTimes(record, due, wish, nowMs);
  await correct(ports, settings, { record: noted, due, revision: inventory.revision }, signal);
  const after = await looks.lookAgain(noted);
  const left = new Set(after.drift.map(({ key }) => key));
  for (const drift of due) {
    if (!left.has(drift.key)) ports.events.emit({ type: "drift.corrected", drift });
  }
  const corrected = due.map(({ key, kind, unit, path }) => ({
    key,
    kind,
    unit,
    path,
    isGone: !left.has(key),
  }));
  return { record: tellStalled(ports, after, before), corrected };
}

/** What is due. While the host is suspended, policies put nothing back; a person who names a difference is obeyed. */
async function listAllowed(
  { state, clock }: SyncPorts,
  record: SyncRecord,
  wish: Wish,
): Promise<readonly DriftRecord[]> {
  const due = listDue(record, wish, clock.now());
  const isSuspended = findSuspension(await state.loadIntent(), clock.now()) !== null;
  return isSuspended ? due.filter((drift) => isWished(drift, wish)) : due;
}

/** Notes the corrections before they are made, so that also an agent that is killed again and again keeps to the limit. */
function noteTimes(record: SyncRecord, due: readonly DriftRecord[], wish: Wish, nowMs: number): SyncRecord {
  const wished = new Set(due.filter((drift) => isWished(drift, wish)).map(thingOf));
  const known = Object.entries(record.corrections).filter(([thing]) => !wished.has(thing));
  const at = new Date(nowMs).toISOString();
  return { ...record, corrections: noteCorrections(Object.fromEntries(known), due.map(thingOf), at) };
}

function forget(record: SyncRecord, nowMs: number): SyncRecord {
  const corrections = forgetSettled(record.corrections, record.drift, nowMs);
  return corrections === record.corrections ? record : { ...record, corrections };
}

/** Marks what has stalled, and reports it once. */
function tellStalled({ events, clock }: SyncPorts, record: SyncRecord, before: SyncRecord): SyncRecord {
  const nowMs = clock.now();
  const told = new Set(before.drift.filter(({ state }) => state === "stalled").map(thingOf));
  const drift = markStalled(record, nowMs);
  for (const one of drift) {
    const times = record.corrections[thingOf(one)] ?? [];
    // It was reported before the last correction already if it had stalled then.
    const isOld = judgeFlaps(times.slice(0, -1), limitOf(one.kind), nowMs).isStalled;
    if (one.state !== "stalled" || told.has(thingOf(one)) || isOld) continue;
    const { dueMs } = judgeFlaps(times, limitOf(one.kind), nowMs);
    events.emit({ type: "drift.stalled", drift: one, nextAt: new Date(dueMs).toISOString() });
  }
  return { ...record, drift };
}

async function correct(
  ports: SyncPorts,
  settings: PrepareSettings,
  work: { readonly record: SyncRecord; readonly due: readonly DriftRecord[]; readonly revision: Revision },
  signal: AbortSignal,
): Promise<void> {
  try {
    await ports.state.saveSyncRecord(work.record);
    const corrections = planCorrections(work.due);
    if (corrections.credentials) await restoreCredentials(ports, signal, true);
    if (corrections.paths.size + corrections.jobs.size === 0 && corrections.reload === null) return;
    await apply(ports, { ...settings, corrections }, work.revision, signal);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code === "state-unreadable") throw error;
    // StateMemory reports a state that cannot be written itself.
    if (error.code !== "state-unwritable") warnOf(ports.events, "drift cannot be put back", error);
  }
}

/** Units that do not work after it are drift again: there is no other revision to go back to. */
async function apply(
  ports: SyncPorts,
  settings: PrepareSettings,
  revision: Revision,
  signal: AbortSignal,
): Promise<void> {
  const inventory = await ports.state.loadInventory();
  const prepared = await preparePlan(ports, settings, revision, inventory, signal);
  refuseForbidden(prepared.plan);
  if (prepared.plan.steps.length === 0) return;
  const result = await converge(ports, settings, prepared, { endsAtHook: false });
  const touched = result.inventory.settling;
  const proof = await proveUnits(ports, { desired: prepared.desired, result, touched }, signal);
  const at = new Date(ports.clock.now()).toISOString();
  const after = recordApplied(proof.inventory, revision, inventory.appliedAt ?? at);
  await ports.state.saveInventory(after);
  const history = await ports.history.load();
  const done = { plan: result.plan, failedUnits: proof.failedUnits };
  await ports.history.save(recordCorrection(history, after, done, at));
}
