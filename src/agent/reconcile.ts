/**
 * One round: fetch, decide what there is to do, bring the host there, audit drift, and persist how it went. Every
 * expected failure becomes part of the record; only bugs are thrown.
 */
import { AgentError } from "../core/model/errors.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncFailure, SyncRecord } from "../core/model/sync-record.ts";
import { findStall, settingsFor, takeDecisions } from "./decisions.ts";
import { describeFailure, warnOf } from "./failure.ts";
import { finishRound } from "./finish.ts";
import type { PrepareSettings } from "./prepare.ts";
import { restoreCredentials } from "./restore.ts";
import { type SyncPorts, syncRevision, UnhealthyError, unhealthyHint } from "./sync.ts";
import { chooseTask, type Round, type SyncMode } from "./task.ts";
import { transientCodes } from "./transient.ts";
import { checkTrust } from "./trust.ts";
import { UnitWatch } from "./unit-watch.ts";

interface FailedOutcome {
  readonly kind: "failed";
  readonly record: SyncRecord;
  readonly failure: SyncFailure;
  readonly transient: boolean;
}

export type Outcome =
  | { readonly kind: "unchanged"; readonly record: SyncRecord }
  | { readonly kind: "applied"; readonly record: SyncRecord }
  | FailedOutcome;

export class Reconciler {
  private readonly ports: SyncPorts;
  private readonly settings: PrepareSettings;
  private readonly watch: UnitWatch;

  constructor(ports: SyncPorts, settings: PrepareSettings) {
    this.ports = ports;
    this.settings = settings;
    this.watch = new UnitWatch(ports);
  }

  /** @throws AgentError `state-unreadable`; anything else expected is in the outcome */
  async reconcile(round: Round, signal: AbortSignal): Promise<Outcome> {
    try {
      return await finishRound(this.ports, this.watch, await this.work(round, signal), signal);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code === "state-unreadable") throw error;
      const failure = this.describeFailure(error, null);
      // That the state cannot be written is said by the one who keeps it.
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

  private async work(round: Round, signal: AbortSignal): Promise<Outcome> {
    await this.restoreLostCredentials(signal);
    const { host } = this.settings;
    const inventory = await takeDecisions(this.ports.state, host, round);
    const before = await this.ports.state.loadSyncRecord();
    const fetched = await this.fetch(before, signal);
    const stall = findStall(this.ports.events, { inventory, host }, before.stall, this.isoNow());
    if (stall !== null) {
      return { kind: "failed", record: { ...fetched.record, stall }, failure: stall, transient: false };
    }
    const { tip } = fetched;
    const record: SyncRecord = { ...fetched.record, stall };
    const task = chooseTask({ round, tip, inventory, record });
    if (task.kind === "roll-back") return this.rollBack(task.from, task.to, record, signal);
    if (task.kind === "apply") {
      const request = { revision: task.revision, modes: round.modes };
      const outcome = await this.attempt(request, inventory, record, signal);
      if (outcome.kind !== "failed") return outcome;
      if (outcome.failure.code === "clone-damaged") {
        // Only now the source knows: it makes the clone anew.
        const again = await this.fetch(outcome.record, signal);
        return again.tip === null ? outcome : this.attempt(request, inventory, again.record, signal);
      }
      return this.finishBegun(outcome, signal);
    }
    const failure =
      record.rejection !== null && record.fetchFailure === null ? record.rejection : record.fetchFailure;
    if (failure === null) return { kind: "unchanged", record };
    const transient = record.fetchFailure !== null;
    return this.finishBegun({ kind: "failed", record, failure, transient }, signal);
  }

  /**
   * A refused revision leaves the host as it is; what an earlier run had begun for another one, and was killed before its
   * end, is not left half done all the same.
   */
  private async finishBegun(outcome: FailedOutcome, signal: AbortSignal): Promise<Outcome> {
    const { applying } = await this.ports.state.loadInventory();
    const { attempted } = outcome.record;
    const isOther = applying !== null && applying.commit !== attempted?.commit;
    if (!isOther || outcome.transient || outcome.failure.code === "unhealthy") return outcome;
    try {
      const request = { revision: applying, mayFail: true, recheck: [] };
      const { isNews: _, ...result } = await syncRevision(this.ports, this.settings, request, signal);
      return { ...outcome, record: { ...outcome.record, ...result } };
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      warnOf(
        this.ports.events,
        `revision ${applying.commit.slice(0, 7)} is half applied and cannot be completed`,
        error,
      );
      return { ...outcome, transient: true };
    }
  }

  /** Somebody may have cleaned /run. A failure is the next attempt's to report: it needs the same identities. */
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
      const news = tip.commit !== before.attempted?.commit;
      if (before.fetchFailure !== null) {
        events.emit({ type: "repository.recovered", since: before.fetchFailure.since });
      }
      events.emit({ type: "repository.polled", revision: tip, news });
      const record = { ...before, polledAt: this.isoNow(), fetchFailure: null };
      // An apply may take minutes, and status must not go on about a repository that answers.
      // A disk that is full is the end of the round's to report.
      if (before.fetchFailure !== null) await this.ports.state.saveSyncRecord(record).catch(() => undefined);
      return { tip, record };
    } catch (error) {
      const failure = this.describeFailure(error, before.fetchFailure);
      events.emit({ type: "repository.failed", failure, first: before.fetchFailure === null });
      return { tip: null, record: { ...before, fetchFailure: failure } };
    }
  }

  /** Brings the host to `revision`; if its units do not work there, back to the one before. */
  private async attempt(
    { revision, modes }: { readonly revision: Revision; readonly modes: readonly SyncMode[] },
    inventory: Inventory,
    before: SyncRecord,
    signal: AbortSignal,
  ): Promise<Outcome> {
    let tried: SyncRecord = {
      ...before,
      attempted: revision,
      attemptedSigner: null,
      rejection: null,
      returnFailure: null,
    };
    const lastGood = inventory.revision?.commit === revision.commit ? null : inventory.revision;
    try {
      const mayFail = lastGood === null;
      const acceptRewrite = modes.includes("accept-rewrite");
      const trust = { applied: inventory.revision, tip: revision, acceptRewrite };
      const signedBy = await checkTrust(this.ports.source, trust, signal);
      tried = { ...tried, attemptedSigner: signedBy };
      const { isNews, ...result } = await syncRevision(
        this.ports,
        settingsFor(this.settings, modes),
        { revision, mayFail, recheck: listRecheck(before, revision) },
        signal,
      );
      return { kind: isNews ? "applied" : "unchanged", record: { ...tried, ...result, signedBy } };
    } catch (error) {
      const lasting = before.attempted?.commit === revision.commit ? before.rejection : null;
      const failure = this.describeFailure(error, lasting);
      // Nothing is wrong with the revision: it waits for the disk.
      if (failure.code === "state-unwritable") {
        return { kind: "failed", record: tried, failure, transient: true };
      }
      this.ports.events.emit({ type: "revision.rejected", revision, failure });
      const record = { ...tried, rejection: failure };
      if (error instanceof UnhealthyError && lastGood !== null) {
        await this.ports.state.saveSyncRecord(record);
        return this.rollBack(revision, lastGood, record, signal);
      }
      return { kind: "failed", record, failure, transient: transientCodes.has(failure.code) };
    }
  }

  /** Applies the last good revision again, by the same way. Whatever its units do now, there is nothing else to go back to. */
  private async rollBack(
    from: Revision,
    to: Revision,
    rejected: SyncRecord,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const failure =
      rejected.rejection ?? this.describeFailure(new AgentError("unhealthy", "the revision failed"), null);
    const lastGood = `${to.branch}@${to.commit.slice(0, 7)}`;
    try {
      const { isNews: _, ...result } = await syncRevision(
        this.ports,
        this.settings,
        { revision: to, mayFail: true, recheck: [] },
        signal,
      );
      const names = result.failedUnits.map(({ unit }) => unit);
      this.ports.events.emit({ type: "revision.rolledBack", from, to, failedUnits: names });
      const rejection = { ...failure, hint: `the host went back to ${lastGood}; ${unhealthyHint}` };
      const record = { ...rejected, ...result, rejection, returnFailure: null };
      return { kind: "failed", record, failure: rejection, transient: false };
    } catch (error) {
      const before = rejected.returnFailure;
      const returnFailure = this.describeFailure(error, before);
      const first = before?.code !== returnFailure.code;
      this.ports.events.emit({ type: "rollback.failed", from, to, failure: returnFailure, first });
      const hint = `the host is not back at ${lastGood} yet; the daemon tries again by itself`;
      const rejection = { ...failure, hint };
      const details = [...failure.details, `going back to ${lastGood} failed: ${returnFailure.message}`];
      const record = { ...rejected, rejection, returnFailure };
      return { kind: "failed", record, failure: { ...rejection, details }, transient: true };
    }
  }

  private describeFailure(error: unknown, lasting: SyncFailure | null): SyncFailure {
    return describeFailure(error, lasting, this.isoNow());
  }

  private isoNow(): string {
    return new Date(this.ports.clock.now()).toISOString();
  }
}

/** A unit that failed does not become well by an empty plan. */
function listRecheck({ attempted, failedUnits }: SyncRecord, revision: Revision): readonly string[] {
  return attempted?.commit === revision.commit ? failedUnits.map(({ unit }) => unit) : [];
}
