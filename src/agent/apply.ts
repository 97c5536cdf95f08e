/**
 * Carries out a plan in a fixed order: credentials, stops, files, daemon-reload, hooks, jobs. Saves the inventory between these, so
 * that an agent that is killed anywhere finishes the work when it runs again. Must not decide what to do.
 */

import type { Inventory } from "../core/model/inventory.ts";
import type { Plan } from "../core/model/plan.ts";
import type { FileStep } from "../core/plan/file-steps.ts";
import { isFileStep, pathOf } from "../core/plan/file-steps.ts";
import type { FileChange, HostFilesPort } from "../core/ports/host.ts";
import type { Clock, EventSink, Meter } from "../core/ports/run.ts";
import type { CredentialStorePort, Plaintext } from "../core/ports/secrets.ts";
import type { StatePort } from "../core/ports/state.ts";
import type { JobRequest, JobResult, ManagerPort } from "../core/ports/systemd.ts";
import { askActions, recordEnds, settleAsked } from "../core/record/actions.ts";
import { claimPlan, recordPartlyWritten } from "../core/record/claim.ts";
import { recordHooks } from "../core/record/hooks.ts";
import { recordJobs } from "../core/record/jobs.ts";
import { listHookUnits, recordReloaded, recordWritten } from "../core/record/update.ts";
import { listCopies, type OriginalsInput, saveCopy, saveOriginals } from "./originals.ts";
import type { Failures } from "./run-checks.ts";
import { runHooks } from "./run-hooks.ts";
import {
  explainFailure,
  hasFailed,
  runJobs,
  runUnitJobs,
  selectStops,
  wasCanceled,
  wasCarriedOut,
} from "./run-jobs.ts";

export interface ApplyPorts {
  readonly files: HostFilesPort;
  readonly manager: ManagerPort;
  readonly credentials: CredentialStorePort;
  readonly state: StatePort;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly meter: Meter;
}

export interface ApplyInput extends OriginalsInput {
  readonly plaintexts: readonly Plaintext[];
  /** Whether a hook that fails ends the apply: then the host goes back, and the jobs of units would interrupt them for nothing. */
  readonly endsAtHook: boolean;
}

export interface ApplyResult {
  readonly inventory: Inventory;
  /** Units whose jobs failed. The settling finds out whether the others work. */
  readonly failures: Failures;
  /** Units whose job another one has taken the place of, and the sentence about it. */
  readonly canceled: Failures;
  /** Units whose start goes on: oneshots that are at work, and who waits for them. */
  readonly unfinished: readonly string[];
  /** Units that systemd did not start, because a condition was not met. */
  readonly unmet: readonly string[];
  /** Units that ran and were stopped, restarted or reloaded. */
  readonly interrupted: number;
  /** Whether a hook that failed has ended the apply before the jobs of units. */
  readonly isOver: boolean;
  /** When the commands of hooks began, microseconds since the epoch; 0 when there were none. */
  readonly hooksBeganUs: number;
}

/**
 * Carries out `input.plan`. A job that fails does not throw; it is in `failures`.
 * @throws AgentError `not-writable`: nothing is changed; `host-write-failed`, `credential-store-unsafe`,
 *   `systemd-unreachable`: the apply is unfinished, and what is still to be done is saved
 */
export async function applyPlan(ports: ApplyPorts, input: ApplyInput): Promise<ApplyResult> {
  ports.meter.enter("claim");
  await ports.files.resolveOwners(
    input.plan.steps.flatMap((step) => (step.kind === "write" ? [step.file] : [])),
  );
  await ports.files.resolvePlaces(listPlacedChanges(input));
  const asked = await prepareCredentials(ports, input);
  const stops = selectStops(input.plan, false);
  const stopResults = await runJobs(ports, stops, input);
  const claimed = { ...asked, actions: recordEnds(asked.actions, stopResults, isoNow(ports)) };
  const notStopped = new Set(stopResults.filter(hasFailed).map(({ unit }) => unit));
  ports.meter.enter("write");
  const keptPaths = await applyFiles(ports, input, claimed, notStopped);
  await forgetRemoved(ports, input, stops);
  const written = recordWritten({ ...input, applied: claimed, keptPaths });
  await ports.state.saveInventory(written);
  ports.meter.enter("reload");
  const loaded = await reloadManager(ports, input.plan, written);
  ports.meter.enter("jobs");
  const refreshed = input.plan.steps.flatMap((step) => (step.kind === "refresh-cgroup" ? [step.unit] : []));
  await ports.manager.refreshControlGroups(refreshed);
  const ran = await runHooks(ports, input, loaded);
  const isOver = input.endsAtHook && ran.failures.size > 0;
  const results = isOver ? [] : await runUnitJobs(ports, input);
  const inventory = await recordResults(ports, input, ran.inventory, refreshed, results);
  const summary = summarize([...stopResults, ...results]);
  const failures = new Map([...ran.failures, ...summary.failures]);
  return { inventory, ...summary, failures, isOver, hooksBeganUs: ran.beganUs };
}

/** Notes in the inventory what was done, and which units now run with the loaded definition. */
async function recordResults(
  ports: ApplyPorts,
  { applied, desired, plan }: ApplyInput,
  loaded: Inventory,
  refreshed: readonly string[],
  results: readonly JobResult[],
): Promise<Inventory> {
  const hooked = listHookUnits(plan);
  const attempted = new Map([
    ...refreshed.map((unit) => [unit, "refresh-cgroup"] as const),
    ...results
      .filter((job) => wasCarriedOut(job) && !hooked.has(job.unit))
      .map(({ unit, verb }) => [unit, verb] as const),
  ]);
  const known = recordEnds(loaded.actions, results, isoNow(ports));
  const unclear = known.asked.map(({ unit }) => unit);
  const observed = await ports.manager.readUnits([...new Set([...attempted.keys(), ...unclear])]);
  const actions = settleAsked(known, observed, isoNow(ports));
  const reached = results.flatMap(({ unit, result }) => (["done", "skipped"].includes(result) ? [unit] : []));
  const owing = recordHooks(
    { ...loaded, actions },
    (hook) => hook.verb !== "run" && reached.includes(hook.unit),
  );
  return recordJobs(owing, applied, desired, attempted, observed);
}

function summarize(
  results: readonly JobResult[],
): Pick<ApplyResult, "failures" | "canceled" | "unfinished" | "unmet" | "interrupted"> {
  const unitsWith = (word: string) => results.flatMap(({ unit, result }) => (result === word ? [unit] : []));
  const explain = (of: readonly JobResult[]) =>
    new Map(of.map((result) => [result.unit, explainFailure(result)]));
  return {
    failures: explain(results.filter(hasFailed)),
    canceled: explain(results.filter(wasCanceled)),
    unfinished: unitsWith("unfinished"),
    unmet: unitsWith("unmet"),
    interrupted: results.filter(({ verb }) => verb !== "start").length,
  };
}

/**
 * The changes of managed files, whose paths a commit chooses. Unit files are not among them: when their directories cannot
 * be written, that is a temporary failure of the host, and the write itself reports it.
 */
function listPlacedChanges({ plan, applied }: ApplyInput): readonly FileChange[] {
  return plan.steps.flatMap((step): FileChange[] => {
    if (step.kind === "write" && step.file.role === "file") {
      return [{ kind: "write", path: step.file.path, origin: step.file.origin }];
    }
    if (step.kind !== "delete" || step.role !== "file") return [];
    return [{ kind: "delete", path: step.path, origin: applied.files[step.path]?.origin ?? step.path }];
  });
}

/**
 * Saves originals, writes the new generation of credentials, saves the claim, and then makes the generation the current one.
 * Units therefore see either the old generation or the complete new one.
 */
async function prepareCredentials(ports: ApplyPorts, input: ApplyInput): Promise<Inventory> {
  const { plan, desired, plaintexts, observed } = input;
  const saved = await saveOriginals(ports, input);
  const needed = plan.steps.some(({ kind }) => kind === "credentials");
  const generation = needed ? await ports.credentials.writeGeneration(plaintexts) : saved.generation;
  const actions = askActions(saved.actions, plan, observed, isoNow(ports));
  const claimed = { ...claimPlan(saved, desired, plan, generation, observed), actions };
  if (plan.steps.length > 0) await ports.state.saveInventory(claimed);
  if (needed && generation !== null) {
    await ports.credentials.activate(generation);
    ports.events.emit({ type: "credentials.activated", generation, count: plaintexts.length });
  }
  return claimed;
}

/** @returns paths that were not deleted, because their unit could not be stopped */
async function applyFiles(
  ports: ApplyPorts,
  { plan, applied }: ApplyInput,
  claimed: Inventory,
  notStopped: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const done = new Set<string>();
  try {
    for (const step of plan.steps) {
      if (step.kind === "delete" && step.unit !== null && notStopped.has(step.unit)) kept.add(step.path);
      else if (isFileStep(step)) {
        const isSaved = plan.scope === null && applied.originals[pathOf(step)] === undefined;
        await applyFile(ports, step, isSaved ? null : listCopies(claimed.originals));
        done.add(pathOf(step));
      }
    }
    return kept;
  } catch (error) {
    // When the disk is full, this save may fail, too. The error of the write before it says more.
    await ports.state.saveInventory(recordPartlyWritten(applied, claimed, plan, done)).catch(() => undefined);
    throw error;
  }
}

/** @param kept copies that must not be deleted; null when what was at the path has just been saved */
async function applyFile(ports: ApplyPorts, step: FileStep, kept: readonly string[] | null): Promise<void> {
  const { because } = step;
  if (step.kind !== "adopt" && step.backup && kept !== null) await saveCopy(ports, pathOf(step), kept);
  if (step.kind === "write") {
    if (step.isAccessOnly && step.file.kind === "file") await ports.files.setAccess(step.file);
    else await ports.files.write(step.file);
    const { path, unit } = step.file;
    ports.events.emit({ type: "file.written", path, unit, because });
  } else if (step.kind === "adopt") {
    ports.events.emit({ type: "file.adopted", path: step.file.path, unit: step.file.unit });
  } else if (step.kind === "restore") {
    const { path, unit, original, isWritten } = step;
    if (isWritten) await ports.files.restore(path, original);
    ports.events.emit({ type: "file.restored", path, unit, because });
  } else {
    await ports.files.remove(step.path);
    ports.events.emit({ type: "file.deleted", path: step.path, unit: step.unit, because });
  }
}

/**
 * Makes systemd forget the failures of removed units, also of one that failed while it was stopped. This comes before the
 * inventory forgets these units, so that the next run does it again if this one is killed here.
 */
async function forgetRemoved(
  ports: ApplyPorts,
  { plan, desired }: ApplyInput,
  stops: readonly JobRequest[],
): Promise<void> {
  const failed = plan.steps.flatMap((step) => (step.kind === "reset-failed" ? [step.unit] : []));
  const stopped = stops.flatMap(({ unit }) => (desired.units.has(unit) ? [] : [unit]));
  await ports.manager.resetFailed([...failed, ...stopped]);
}

async function reloadManager(ports: ApplyPorts, plan: Plan, written: Inventory): Promise<Inventory> {
  if (!plan.steps.some(({ kind }) => kind === "daemon-reload")) return written;
  await ports.manager.reload();
  ports.events.emit({ type: "manager.reloaded" });
  const reloaded = recordReloaded(written, ports.clock.now() * 1000);
  await ports.state.saveInventory(reloaded);
  return reloaded;
}

function isoNow({ clock }: ApplyPorts): string {
  return new Date(clock.now()).toISOString();
}
