/**
 * Brings the host to one revision: prepare, apply, settle, record. A push, a resumed apply and a rollback all come here.
 * Must not decide which revision.
 */

import { repositoryConfigPath } from "../core/desired/config-text.ts";
import { AgentError, type Diagnostic } from "../core/model/errors.ts";
import type { UnitFailure } from "../core/model/failure.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Plan } from "../core/model/plan.ts";
import type { Revision } from "../core/model/revision.ts";
import type { HistoryPort } from "../core/ports/state.ts";
import { recordSpared } from "../core/record/actions.ts";
import { recordCutOff } from "../core/record/claim.ts";
import { recordApplied } from "../core/record/update.ts";
import { isHookUnit } from "../core/units/hook-unit.ts";
import type { ApplyPorts } from "./apply.ts";
import { type Converged, converge, lookAgain } from "./converge.ts";
import { whileNewest } from "./newer.ts";
import {
  type Prepared,
  type PreparePorts,
  type PrepareSettings,
  preparePlan,
  refuseForbidden,
} from "./prepare.ts";
import { type Proof, proveUnits } from "./prove.ts";
import type { SettlePorts } from "./settle.ts";
import type { Round } from "./task.ts";

export interface SyncPorts extends PreparePorts, ApplyPorts, SettlePorts {
  readonly history: HistoryPort;
}

export interface SyncInput {
  readonly revision: Revision;
  /**
   * Units that failed at the last sync of this revision. They are watched again, also when the plan has no step for them.
   */
  readonly recheck: readonly string[];
  /** True when there is no other revision to go back to: then failed units are in the result, and nothing is thrown. */
  readonly mayFail: boolean;
  /** Is called just before the host is changed, and just before its units are watched. */
  onPhase(phase: "applying" | "settling"): Promise<void>;
  /** Absent: the units are watched to the end, also when a newer revision is pushed meanwhile. */
  readonly nextHint?: Round["nextHint"];
}

export interface SyncResult {
  /** False when the revision was applied before and the plan was empty. */
  readonly isNews: boolean;
  readonly warnings: readonly string[];
  readonly failedUnits: readonly UnitFailure[];
}

export const unhealthyHint = "push a fix, or try this one again: gitops-agent sync --retry";

/** A revision whose units do not work. When this is thrown, the host has the revision and has to go back. */
export class UnhealthyError extends AgentError {
  readonly failedUnits: readonly UnitFailure[];
  readonly #suspicions: readonly string[];

  /** @param suspicions the warnings about these units from before their start: often the cause */
  constructor(revision: Revision, failedUnits: readonly UnitFailure[], suspicions: readonly string[]) {
    const first = failedUnits[0]?.message ?? "a unit failed";
    const more = failedUnits.length > 1 ? `, and ${failedUnits.length - 1} more` : "";
    super("unhealthy", `revision ${revision.commit.slice(0, 7)} does not work: ${first}${more}`, {
      subject: revision.commit,
      hint: unhealthyHint,
    });
    this.failedUnits = failedUnits;
    this.#suspicions = suspicions;
  }

  listDetails(): readonly string[] {
    return [
      ...this.failedUnits.flatMap(({ message, log }) => [message, ...log.map((line) => `  ${line}`)]),
      ...this.#suspicions.map((text) => `warning: ${text}`),
    ];
  }
}

/**
 * Brings the host to `request.revision`, and records it as applied when its units work or `mayFail` is true.
 * @throws SupersededError when a newer revision came while the units were watched; UnhealthyError after the apply, when
 *   units do not work and `mayFail` is false; any AgentError of preparing and applying; the signal's reason when it aborts
 *   between phases
 */
export async function syncRevision(
  ports: SyncPorts,
  settings: PrepareSettings,
  request: SyncInput,
  signal: AbortSignal,
): Promise<SyncResult> {
  const startedMs = ports.clock.now();
  const inventory = await takeStock(ports, settings, request.revision, signal);
  const prepared = await preparePlan(ports, settings, request.revision, inventory, signal);
  refuseForbidden(prepared.plan);
  signal.throwIfAborted();
  announce(ports, prepared);
  if (prepared.plan.steps.length > 0) await request.onPhase("applying");
  const endsAtHook = !request.mayFail;
  let result = await converge(ports, settings, prepared, { endsAtHook });
  const proveAll = () => prove(ports, settings, request, result, signal);
  let proof = await proveAll();
  if (proof.failedUnits.length === 0 && result.plan.steps.length > 0) {
    const late = await lookAgain(ports, settings, { ...result, inventory: proof.inventory });
    if (late.plan.steps.length > 0) {
      result = await converge(ports, settings, late, { before: result, endsAtHook });
      proof = await proveAll();
    }
  }
  const { failedUnits, inventory: proved } = proof;
  if (failedUnits.length > 0 && !request.mayFail) {
    await ports.state.saveInventory(proved);
    throw new UnhealthyError(request.revision, failedUnits, listSuspicions(prepared, failedUnits));
  }
  const at = new Date(ports.clock.now()).toISOString();
  const isNews = result.plan.steps.length > 0 || inventory.revision?.commit !== request.revision.commit;
  const appliedAt = isNews ? at : (inventory.appliedAt ?? at);
  const actions = isNews ? recordSpared(proved.actions, prepared.plan.spared, at) : proved.actions;
  await ports.state.saveInventory(recordApplied({ ...proved, actions }, request.revision, appliedAt));
  if (isNews) {
    reportApplied(ports, result.plan, failedUnits, result.interrupted, ports.clock.now() - startedMs);
  }
  const warnings = prepared.warnings.slice(0, maxWarnings).map(describeWarning);
  return { isNews, warnings, failedUnits };
}

/** The inventory. If an apply of another revision was killed, what it did before that is found out and added. */
async function takeStock(
  ports: SyncPorts,
  settings: PrepareSettings,
  revision: Revision,
  signal: AbortSignal,
): Promise<Inventory> {
  const inventory = await ports.state.loadInventory();
  const { applying } = inventory;
  if (applying === null || applying.commit === revision.commit) return inventory;
  try {
    const begun = await preparePlan(ports, settings, applying, inventory, signal);
    return recordCutOff(begun.applied, begun);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    // The commit or a key for it may be gone. Then the drift audit reports what the killed apply has left.
    const message = `revision ${applying.commit.slice(0, 7)} was left half applied, and cannot be read any more`;
    ports.events.emit({ type: "agent.warned", message, reason: error.message });
    return inventory;
  }
}

const maxWarnings = 50;
const maxSuspicions = 5;

function describeWarning({ file, line, message }: Diagnostic): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${message}`;
}

/** The warnings about the files of the units that failed, and about gitops.yaml if a hook failed. */
function listSuspicions(
  { desired, warnings }: Prepared,
  failedUnits: readonly UnitFailure[],
): readonly string[] {
  const origins = new Set(
    failedUnits.flatMap(({ unit }) =>
      isHookUnit(unit) ? [repositoryConfigPath] : (desired.units.get(unit)?.origins ?? []),
    ),
  );
  return warnings
    .filter(({ file }) => origins.has(file))
    .slice(0, maxSuspicions)
    .map(describeWarning);
}

function announce(ports: SyncPorts, { plan, warnings }: Prepared): void {
  for (const diagnostic of warnings) ports.events.emit({ type: "revision.warned", diagnostic });
  ports.events.emit({ type: "revision.attempted", revision: plan.revision, steps: plan.steps.length });
  for (const { unit, because, pending } of plan.spared) {
    ports.events.emit({ type: "unit.spared", unit, because, pending });
  }
}

async function prove(
  ports: SyncPorts,
  settings: PrepareSettings,
  { revision, recheck, nextHint, onPhase }: SyncInput,
  result: Converged,
  signal: AbortSignal,
): Promise<Proof> {
  ports.meter.enter("settle");
  const touched = result.isOver ? [] : [...new Set([...result.inventory.settling, ...recheck])];
  const input = { desired: result.prepared.desired, result, touched };
  if (touched.length > 0) await onPhase("settling");
  if (nextHint === undefined || touched.length === 0) return proveUnits(ports, input, signal);
  const work = (watched: AbortSignal) => proveUnits(ports, input, watched);
  return whileNewest(ports, settings, { revision, nextHint }, work, signal);
}

function reportApplied(
  ports: SyncPorts,
  { revision }: Plan,
  failedUnits: readonly UnitFailure[],
  interrupted: number,
  durationMs: number,
): void {
  if (failedUnits.length > 0) {
    ports.events.emit({ type: "revision.degraded", revision, units: failedUnits.map(({ unit }) => unit) });
  }
  ports.events.emit({ type: "revision.applied", revision, durationMs, interrupted });
}
