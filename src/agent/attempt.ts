/**
 * Makes one attempt to bring the host to a revision: checks trust, applies, watches; and goes back to the revision before,
 * when the units do not work. Keeps the phase of the attempt. Must not choose the revision.
 */
import { acceptsRewrite, decideWait, isPinned } from "../core/gate/gate.ts";
import type { Attempt, Cause, Phase } from "../core/model/attempt.ts";
import { AgentError } from "../core/model/errors.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { beginAttempt, choosePhaseAfter, enter, failureOf } from "../core/record/attempt.ts";
import { isHookUnit } from "../core/units/hook-unit.ts";
import { describeFailure } from "./failure.ts";
import { writeHistory } from "./finish.ts";
import { SupersededError } from "./newer.ts";
import type { Outcome } from "./outcome.ts";
import { type PrepareSettings, settingsFor } from "./prepare.ts";
import { rollBack } from "./roll-back.ts";
import { type SyncPorts, syncRevision, UnhealthyError } from "./sync.ts";
import type { Round } from "./task.ts";
import { checkTrust } from "./trust.ts";
import { waitForGate } from "./wait.ts";

export interface AttemptRequest extends Pick<Round, "nextHint"> {
  readonly revision: Revision;
  readonly cause: Cause;
}

/**
 * Attempts a revision. When a newer one comes while the units settle, that one is attempted instead.
 * @param before the record before this attempt
 * @returns how the attempt ended; expected failures are in it
 * @throws any error that is not an AgentError: a bug
 */
export async function attemptRevision(
  ports: SyncPorts,
  settings: PrepareSettings,
  request: AttemptRequest,
  before: SyncRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  const { revision, cause, nextHint } = request;
  let attempt = beginAttempt({ revision, cause }, isoNow(ports));
  const onPhase = async (phase: "applying" | "settling") => {
    attempt = enter(attempt, { phase }, isoNow(ports));
    await note(ports, { ...before, attempt });
  };
  const inventory = await ports.state.loadInventory();
  const lastGood = inventory.revision?.commit === revision.commit ? null : inventory.revision;
  try {
    const intent = await ports.state.loadIntent();
    const acceptRewrite = acceptsRewrite(intent, revision);
    ports.meter.enter("trust");
    const trust = { applied: inventory.revision, tip: revision, acceptRewrite };
    const signedBy = await checkTrust(ports.source, trust, signal);
    attempt = { ...attempt, signedBy };
    const decided = settingsFor(settings, intent, revision);
    const wait = decideWait(revision, { intent, inventory, gate: settings.gate }, ports.clock.now());
    if (wait !== null) return await waitForGate(ports, decided, { attempt, wait }, before, signal);
    const sync = {
      revision,
      mayFail: lastGood === null,
      recheck: listRecheck(before, revision),
      onPhase,
      // Nothing newer takes the place of what a person went back to.
      ...(isPinned(intent, revision) ? {} : { nextHint }),
    };
    const result = await syncRevision(ports, decided, sync, signal);
    const { isNews, failedUnits, warnings } = result;
    const phase = failedUnits.length > 0 ? "degraded" : "applied";
    attempt = enter(attempt, { phase }, isoNow(ports));
    const applied = { signedBy, failedUnits, warnings };
    return { kind: isNews ? "applied" : "unchanged", record: { ...before, attempt, applied } };
  } catch (error) {
    if (error instanceof SupersededError)
      return giveWay(ports, settings, { ...request, attempt, error }, before, signal);
    return fail(ports, settings, { attempt, lastGood, error }, before, signal);
  }
}

/** Ends the attempt for a newer revision. Writes to the history what it has done to units, then attempts the newer one. */
async function giveWay(
  ports: SyncPorts,
  settings: PrepareSettings,
  left: Pick<AttemptRequest, "nextHint"> & { readonly attempt: Attempt; readonly error: SupersededError },
  before: SyncRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  const { by: revision, noticedBy: cause } = left.error;
  ports.events.emit({ type: "revision.superseded", revision: left.attempt.revision, by: revision });
  const attempt = enter(left.attempt, { phase: "superseded", by: revision }, isoNow(ports));
  const record = { ...before, attempt };
  await writeHistory(ports, record);
  await note(ports, record);
  const request = { revision, cause, nextHint: left.nextHint };
  return attemptRevision(ports, settings, request, record, signal);
}

async function fail(
  ports: SyncPorts,
  settings: PrepareSettings,
  {
    attempt,
    lastGood,
    error,
  }: { readonly attempt: Attempt; readonly lastGood: Revision | null; readonly error: unknown },
  before: SyncRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  const { revision } = attempt;
  const failure = describeFailure(error, findLasting(before, revision), isoNow(ports));
  // This is no fault of the revision. It is attempted again when the disk takes writes.
  if (failure.code === "state-unwritable") {
    return { kind: "failed", record: { ...before, attempt }, failure, transient: true };
  }
  ports.events.emit({ type: "revision.rejected", revision, failure });
  const isUndone = error instanceof UnhealthyError && lastGood !== null;
  const phase: Phase = isUndone
    ? { phase: "rolling-back", failure, blockedBy: null }
    : choosePhaseAfter(failure);
  const failed = enter(attempt, phase, isoNow(ports));
  const record = { ...before, attempt: failed };
  if (failed.phase !== "rolling-back" || lastGood === null) {
    return { kind: "failed", record, failure, transient: failed.phase === "blocked" };
  }
  await ports.state.saveSyncRecord(record);
  return rollBack(ports, settings, { from: failed, to: lastGood }, record, signal);
}

/** The failure of the last attempt at the same revision; a new one with the same code keeps its `since`. */
function findLasting({ attempt }: SyncRecord, { commit }: Revision): SyncFailure | null {
  return attempt?.revision.commit === commit ? failureOf(attempt) : null;
}

/** Units that failed at the last attempt at this revision: an empty plan would not look at them again. */
function listRecheck({ attempt, applied }: SyncRecord, revision: Revision): readonly string[] {
  return attempt?.revision.commit === revision.commit ? listFailed(applied) : [];
}

/** Without commands of hooks: these are owed, and run again. */
function listFailed({ failedUnits }: SyncRecord["applied"]): readonly string[] {
  return failedUnits.map(({ unit }) => unit).filter((unit) => !isHookUnit(unit));
}

/** Saves a phase between others. When the disk does not take it, the attempt goes on; StateMemory reports the failure. */
async function note({ state }: SyncPorts, record: SyncRecord): Promise<void> {
  try {
    await state.saveSyncRecord(record);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
  }
}

function isoNow({ clock }: SyncPorts): string {
  return new Date(clock.now()).toISOString();
}
