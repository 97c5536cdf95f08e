/**
 * One round: fetch, decide whether there is anything to do, prepare, apply, audit drift, and persist how it went. Every
 * expected failure becomes part of the record; only bugs are thrown.
 */

import { formatDiagnostics } from "../core/diagnostic-text.ts";
import { detectDrift } from "../core/drift.ts";
import { AgentError } from "../core/errors.ts";
import type { Drift, Inventory, Plan, Revision } from "../core/state.ts";
import type { DriftRecord, LastAction, SyncFailure, SyncRecord } from "../core/sync-record.ts";
import { type ApplyPorts, type ApplyResult, applyPlan } from "./apply.ts";
import { observeForDrift } from "./observe.ts";
import { type Prepared, type PreparePorts, type PrepareSettings, preparePlan } from "./prepare.ts";

export interface ReconcilePorts extends PreparePorts, ApplyPorts {}

export interface ReconcileOptions {
  /** True when a person asked, or after a start: a revision that was tried before is tried again. */
  readonly force: boolean;
}

export type Outcome =
  | { readonly kind: "unchanged"; readonly record: SyncRecord }
  | { readonly kind: "applied"; readonly record: SyncRecord; readonly plan: Plan }
  | {
      readonly kind: "failed";
      readonly record: SyncRecord;
      readonly failure: SyncFailure;
      readonly transient: boolean;
    };

/** Failures of the world, not of the revision: the same revision is tried again without anybody asking. */
const transientCodes: ReadonlySet<string> = new Set([
  "systemd-unreachable",
  "host-write-failed",
  "credential-store-unsafe",
  "repository-unreachable",
  "clone-damaged",
]);

export class Reconciler {
  private readonly ports: ReconcilePorts;
  private readonly settings: PrepareSettings;

  constructor(ports: ReconcilePorts, settings: PrepareSettings) {
    this.ports = ports;
    this.settings = settings;
  }

  /** @throws AgentError `state-unreadable`; anything else expected is in the outcome */
  async reconcile(options: ReconcileOptions, signal: AbortSignal): Promise<Outcome> {
    const inventory = await this.ports.state.loadInventory();
    const before = await this.ports.state.loadSyncRecord();
    const fetched = await this.fetch(before, signal);
    if (fetched.kind === "failed") return this.finish(fetched, inventory);
    const { revision } = fetched;
    if (!options.force && isSettled(revision, inventory, fetched.record)) {
      return this.finish({ kind: "unchanged", record: fetched.record }, inventory);
    }
    const outcome = await this.attempt(revision, inventory, fetched.record, signal);
    return this.finish(outcome, await this.ports.state.loadInventory());
  }

  private async fetch(
    before: SyncRecord,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "fetched"; readonly revision: Revision; readonly record: SyncRecord }
    | Extract<Outcome, { kind: "failed" }>
  > {
    try {
      const revision = await this.ports.source.fetch(signal);
      const news = revision.commit !== before.attempted?.commit;
      if (before.fetchFailure !== null) {
        this.ports.events.emit({ type: "repository.recovered", since: before.fetchFailure.since });
      }
      this.ports.events.emit({ type: "repository.polled", revision, news });
      return {
        kind: "fetched",
        revision,
        record: { ...before, polledAt: this.isoNow(), fetchFailure: null },
      };
    } catch (error) {
      const failure = this.describeFailure(error, before.fetchFailure);
      this.ports.events.emit({ type: "repository.failed", failure, first: before.fetchFailure === null });
      return { kind: "failed", record: { ...before, fetchFailure: failure }, failure, transient: true };
    }
  }

  private async attempt(
    revision: Revision,
    inventory: Inventory,
    before: SyncRecord,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const startedMs = this.ports.clock.now();
    const tried: SyncRecord = { ...before, attempted: revision, rejection: null };
    try {
      const prepared = await preparePlan(this.ports, this.settings, revision, inventory, signal);
      refuseForbidden(prepared.plan);
      this.announce(prepared);
      const result = await applyPlan(this.ports, { ...prepared, observed: prepared.observed.units }, signal);
      const record = await this.recordApplied(prepared, result, tried, startedMs);
      return { kind: "applied", record, plan: prepared.plan };
    } catch (error) {
      const sameAgain = before.attempted?.commit === revision.commit ? before.rejection : null;
      const failure = this.describeFailure(error, sameAgain);
      this.ports.events.emit({ type: "revision.rejected", revision, failure });
      const transient = error instanceof AgentError && transientCodes.has(error.code);
      return { kind: "failed", record: { ...tried, rejection: failure }, failure, transient };
    }
  }

  private announce({ plan, warnings }: Prepared): void {
    for (const diagnostic of warnings) this.ports.events.emit({ type: "revision.warned", diagnostic });
    this.ports.events.emit({ type: "revision.attempted", revision: plan.revision, steps: plan.steps.length });
    for (const { unit, because, pending } of plan.spared) {
      this.ports.events.emit({ type: "unit.spared", unit, because, pending });
    }
  }

  private async recordApplied(
    { plan, desired }: Prepared,
    result: ApplyResult,
    tried: SyncRecord,
    startedMs: number,
  ): Promise<SyncRecord> {
    const { revision } = plan;
    const at = this.isoNow();
    await this.ports.state.saveInventory({ ...result.inventory, revision, appliedAt: at });
    const { generation } = result.inventory;
    await this.ports.credentials.removeOthers(generation === null ? [] : [generation]);
    const { failedUnits, interrupted } = result;
    if (failedUnits.length > 0) {
      this.ports.events.emit({
        type: "revision.degraded",
        revision,
        units: failedUnits.map(({ unit }) => unit),
      });
    }
    const durationMs = this.ports.clock.now() - startedMs;
    this.ports.events.emit({ type: "revision.applied", revision, durationMs, interrupted });
    const known = Object.entries(tried.lastActions).filter(([unit]) => desired.units.has(unit));
    const lastActions = { ...Object.fromEntries(known), ...listActions(plan, at) };
    return { ...tried, failedUnits, lastActions };
  }

  /** Ends every round: drift is audited and the record persisted, whatever happened before. */
  private async finish<T extends Outcome>(outcome: T, inventory: Inventory): Promise<T> {
    const observed = await observeForDrift(this.ports, inventory);
    const drift = this.reportDrift(detectDrift(inventory, observed), outcome.record.drift);
    const record: SyncRecord = { ...outcome.record, drift };
    await this.ports.state.saveSyncRecord(record);
    return { ...outcome, record };
  }

  /** Each finding is reported when it appears and when it is gone, not on every audit in between. */
  private reportDrift(found: readonly Drift[], known: readonly DriftRecord[]): readonly DriftRecord[] {
    const before = new Map(known.map((drift) => [drift.key, drift]));
    const records = found.map((drift) => ({
      ...drift,
      since: before.get(drift.key)?.since ?? this.isoNow(),
    }));
    for (const drift of records) {
      if (!before.has(drift.key)) this.ports.events.emit({ type: "drift.detected", drift });
    }
    const keys = new Set(found.map(({ key }) => key));
    for (const drift of known) {
      if (!keys.has(drift.key)) this.ports.events.emit({ type: "drift.resolved", drift });
    }
    return records;
  }

  /** @throws whatever is not an AgentError: a bug must not look like a bad revision */
  private describeFailure(error: unknown, lasting: SyncFailure | null): SyncFailure {
    if (!(error instanceof AgentError)) throw error;
    return {
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      details: error.diagnostics.length === 0 ? [] : formatDiagnostics(error.diagnostics).split("\n"),
      since: lasting?.code === error.code ? lasting.since : this.isoNow(),
    };
  }

  private isoNow(): string {
    return new Date(this.ports.clock.now()).toISOString();
  }
}

/** Nothing to do: this revision is applied with nothing owed, or it was tried and rejected. */
function isSettled(revision: Revision, inventory: Inventory, record: SyncRecord): boolean {
  if (record.attempted?.commit !== revision.commit) return false;
  if (record.rejection !== null) return !transientCodes.has(record.rejection.code);
  return inventory.revision?.commit === revision.commit && !inventory.reloadOwed;
}

/** @throws AgentError with the code of the first refusal and all of them as diagnostics */
export function refuseForbidden(plan: Plan): void {
  const [first] = plan.refusals;
  if (first === undefined) return;
  const code = first.code === "empty" ? "sync-failed" : first.code;
  throw new AgentError(code, first.message, {
    subject: first.subject,
    hint: `nothing was changed; ${first.hint}`,
    diagnostics: plan.refusals.slice(1).map(({ code, subject, message, hint }) => ({
      severity: "error",
      code,
      file: subject,
      message,
      hint,
    })),
  });
}

function listActions(plan: Plan, at: string): Readonly<Record<string, LastAction>> {
  const past = { start: "started", restart: "restarted", reload: "reloaded", stop: "stopped" } as const;
  return Object.fromEntries(
    plan.steps.flatMap((step) =>
      step.kind === "start" || step.kind === "restart" || step.kind === "reload" || step.kind === "stop"
        ? [[step.unit, { action: past[step.kind], because: step.because, at }]]
        : [],
    ),
  );
}
