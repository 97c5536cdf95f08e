/**
 * Does one round: fetches, decides what there is to do, does it, looks for drift, and saves how it went. Must not throw
 * expected failures, except an unreadable state: they become part of the record.
 */
import { chooseRevision } from "../core/gate/gate.ts";
import type { DriftSettings, LookScope } from "../core/model/drift.ts";
import { AgentError } from "../core/model/errors.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { mergeLastActions } from "../core/record/actions.ts";
import { failureOf, isUnhealthy } from "../core/record/attempt.ts";
import { attemptRevision } from "./attempt.ts";
import { lookAndCorrect } from "./correct.ts";
import { findStall, nameInventory, noteDecisions, noteIntent } from "./decisions.ts";
import { describeFailure, warnOf } from "./failure.ts";
import { finishRound } from "./finish.ts";
import { HostLook } from "./look.ts";
import type { Outcome } from "./outcome.ts";
import type { PrepareSettings } from "./prepare.ts";
import { restoreCredentials } from "./restore.ts";
import { rollBack } from "./roll-back.ts";
import { type SyncPorts, syncRevision } from "./sync.ts";
import { chooseTask, type Round } from "./task.ts";

/** Does rounds. The caller makes sure that only one runs at a time. */
export class Reconciler {
  private readonly ports: SyncPorts;
  private readonly settings: PrepareSettings;
  private readonly hostLook: HostLook;

  constructor(ports: SyncPorts, settings: PrepareSettings, drift: DriftSettings) {
    this.ports = ports;
    this.settings = settings;
    this.hostLook = new HostLook(ports, drift);
  }

  /**
   * Does one round.
   * @returns how it ended; expected failures are in it
   * @throws AgentError `state-unreadable`; any error that is a bug
   */
  async reconcile(round: Round, signal: AbortSignal): Promise<Outcome> {
    try {
      const outcome = await this.work(round, signal);
      await round.beginFullLook();
      const done = { outcome, wish: round.correct ?? [] };
      return await finishRound(this.ports, this.settings, this.hostLook, done, signal);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code === "state-unreadable") throw error;
      const failure = this.describeFailure(error, null);
      // StateMemory reports a state that cannot be written itself.
      if (error.code !== "state-unwritable") {
        warnOf(
          this.ports.events,
          "this round did not come to its end, and its outcome is not recorded",
          error,
        );
      }
      return { kind: "failed", record: await this.ports.state.loadSyncRecord(), failure, transient: true };
    }
  }

  /**
   * Looks at a part of the host between rounds. Fetches nothing, attempts nothing, puts back what is due, and saves the
   * record only if the look has found a change.
   * @throws AgentError `state-unreadable`; any error that is a bug
   */
  async look(scope: LookScope, signal: AbortSignal): Promise<Outcome> {
    const { state } = this.ports;
    const before = await state.loadSyncRecord();
    const looks = {
      look: async (record: SyncRecord) => ({ ...record, ...(await this.hostLook.look(scope, record)) }),
      lookAgain: async (record: SyncRecord) => {
        const lastActions = mergeLastActions(record.lastActions, await state.loadInventory());
        return { ...record, lastActions, ...(await this.hostLook.look("all", record)) };
      },
    };
    try {
      const work = { record: before, wish: [] };
      const { record } = await lookAndCorrect(this.ports, this.settings, looks, work, signal);
      if (describeLook(record) !== describeLook(before)) await state.saveSyncRecord(record);
      return { kind: "unchanged", record };
    } catch (error) {
      if (!(error instanceof AgentError) || error.code === "state-unreadable") throw error;
      // StateMemory reports a state that cannot be written. A look that fails is reported by the next round, which looks, too.
      return { kind: "unchanged", record: await state.loadSyncRecord() };
    }
  }

  private async work(round: Round, signal: AbortSignal): Promise<Outcome> {
    this.ports.meter.enter("fetch");
    await this.restoreLostCredentials(signal);
    const { host } = this.settings;
    const inventory = await nameInventory(this.ports.state, host, round);
    const before = await this.ports.state.loadSyncRecord();
    // Before the fetch: a person can stop the agent also while the repository does not answer.
    await noteDecisions(this.ports, round, { inventory, record: before });
    const fetched = await this.fetch(before, signal);
    const stall = findStall(this.ports.events, { inventory, host }, before.stall, this.isoNow());
    if (stall !== null) {
      return { kind: "failed", record: { ...fetched.record, stall }, failure: stall, transient: false };
    }
    const intent = await noteIntent(this.ports, round, fetched.tip);
    const tip = chooseRevision(intent, fetched.tip);
    const record: SyncRecord = { ...fetched.record, stall };
    const task = chooseTask({ round, tip, inventory, record });
    if (task.kind === "apply") return this.attempt(round, task.revision, record, signal);
    const { attempt, fetchFailure } = record;
    if (task.kind === "roll-back" && attempt?.phase === "rolling-back") {
      return rollBack(this.ports, this.settings, { from: attempt, to: task.to }, record, signal);
    }
    const failure = fetchFailure ?? failureOf(attempt);
    if (failure === null) return { kind: "unchanged", record };
    const transient = fetchFailure !== null;
    return this.finishBegun({ kind: "failed", record, failure, transient }, signal);
  }

  private async attempt(
    { cause, nextHint }: Round,
    revision: Revision,
    before: SyncRecord,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const request = { revision, cause, nextHint };
    const outcome = await attemptRevision(this.ports, this.settings, request, before, signal);
    if (outcome.waits !== undefined) return this.finishBegun(outcome, signal);
    if (outcome.kind !== "failed") return outcome;
    if (outcome.failure.code === "clone-damaged") {
      // The source has learned only now that its clone is damaged. This fetch makes a new clone.
      const again = await this.fetch(outcome.record, signal);
      if (again.tip === null) return outcome;
      return attemptRevision(this.ports, this.settings, request, again.record, signal);
    }
    return this.finishBegun(outcome, signal);
  }

  /**
   * Finishes an apply of another revision that was killed before its end, when the newest revision is refused or has to wait.
   * Without this the host would stay half changed.
   */
  private async finishBegun(outcome: Outcome, signal: AbortSignal): Promise<Outcome> {
    const { applying } = await this.ports.state.loadInventory();
    const { attempt, applied } = outcome.record;
    const isOther = applying !== null && applying.commit !== attempt?.revision.commit;
    const isTransient = outcome.kind === "failed" && outcome.transient;
    if (!isOther || isTransient || isUnhealthy(attempt)) return outcome;
    try {
      const request = { revision: applying, mayFail: true, recheck: [], onPhase: async () => {} };
      const { failedUnits, warnings } = await syncRevision(this.ports, this.settings, request, signal);
      return { ...outcome, record: { ...outcome.record, applied: { ...applied, failedUnits, warnings } } };
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      warnOf(
        this.ports.events,
        `revision ${applying.commit.slice(0, 7)} is half applied and cannot be completed`,
        error,
      );
      return outcome.kind === "failed" ? { ...outcome, transient: true } : outcome;
    }
  }

  /**
   * Restores credentials that are gone from /run. A failure is only a warning: an attempt needs the same keys, and fails
   * itself.
   */
  private async restoreLostCredentials(signal: AbortSignal): Promise<void> {
    try {
      await restoreCredentials(this.ports, signal);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code === "state-unreadable") throw error;
      warnOf(this.ports.events, "credentials are lost and cannot be restored", error);
    }
  }

  private async fetch(
    before: SyncRecord,
    signal: AbortSignal,
  ): Promise<{ readonly tip: Revision | null; readonly record: SyncRecord }> {
    const { events, source } = this.ports;
    try {
      const tip = await source.fetch(signal);
      const news = tip.commit !== before.tip?.commit;
      if (before.fetchFailure !== null) {
        events.emit({ type: "repository.recovered", since: before.fetchFailure.since });
      }
      events.emit({ type: "repository.polled", revision: tip, news });
      const record = { ...before, tip, polledAt: this.isoNow(), fetchFailure: null };
      // An apply may take minutes. Meanwhile status must not show a failure of a repository that answers again.
      // StateMemory reports it when the disk is full.
      if (before.fetchFailure !== null) await this.ports.state.saveSyncRecord(record).catch(() => undefined);
      return { tip, record };
    } catch (error) {
      const failure = this.describeFailure(error, before.fetchFailure);
      events.emit({ type: "repository.failed", failure, first: before.fetchFailure === null });
      return { tip: null, record: { ...before, fetchFailure: failure } };
    }
  }

  private describeFailure(error: unknown, lasting: SyncFailure | null): SyncFailure {
    return describeFailure(error, lasting, this.isoNow());
  }

  private isoNow(): string {
    return new Date(this.ports.clock.now()).toISOString();
  }
}

function describeLook({ drift, lookFailure, corrections }: SyncRecord): string {
  return JSON.stringify([drift, lookFailure, corrections]);
}
