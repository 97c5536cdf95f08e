/**
 * Carries out a plan in the fixed order: credentials, stops, files, daemon-reload, jobs. Persists the inventory between
 * the phases, so that the agent can be killed anywhere and converges when it runs again. Decides nothing.
 */
import { claimPlan, recordPartlyWritten } from "../core/inventory-claim.ts";
import { recordJobs, recordReloaded, recordWritten } from "../core/inventory-update.ts";
import type { FileStep } from "../core/plan-files.ts";
import type { Plan, Step } from "../core/plan-types.ts";
import type { Inventory } from "../core/state.ts";
import { includeLatecomers, type LatecomerInput } from "./latecomers.ts";
import type {
  Clock,
  CredentialStorePort,
  EventSink,
  FileChange,
  HostFilesPort,
  JobRequest,
  JobResult,
  ManagerPort,
  Plaintext,
  StatePort,
} from "./ports.ts";
import { explainFailure, hasFailed, runJobs, wasCarriedOut } from "./run-jobs.ts";
import type { Failures } from "./settle.ts";

export interface ApplyPorts {
  readonly files: HostFilesPort;
  readonly manager: ManagerPort;
  readonly credentials: CredentialStorePort;
  readonly state: StatePort;
  readonly events: EventSink;
  readonly clock: Clock;
}

export interface ApplyInput extends LatecomerInput {
  readonly plaintexts: readonly Plaintext[];
}

export interface ApplyResult {
  readonly inventory: Inventory;
  /** What was carried out: with the steps for units that were started meanwhile. */
  readonly plan: Plan;
  /** Units whose jobs failed. Whether the others work is for the settling to find out. */
  readonly failures: Failures;
  /** Units that ran and were stopped, restarted or reloaded. */
  readonly interrupted: number;
}

/**
 * @throws AgentError `not-writable`: nothing is changed; `host-write-failed`, `credential-store-unsafe`, `systemd-unreachable`: the apply is unfinished
 *   and what it still owes is persisted. A job that fails does not throw; it is in `failures`.
 */
export async function applyPlan(ports: ApplyPorts, input: ApplyInput): Promise<ApplyResult> {
  await ports.files.resolveOwners(
    input.plan.steps.flatMap((step) => (step.kind === "write" ? [step.file] : [])),
  );
  await ports.files.resolvePlaces(listPlacedChanges(input));
  const claimed = await prepareCredentials(ports, input);
  const stops = selectJobs(input.plan.steps, beforeFiles(input.plan), "stop");
  const stopResults = await runJobs(ports, stops, input);
  const notStopped = new Set(stopResults.filter(hasFailed).map(({ unit }) => unit));
  const keptPaths = await applyFiles(ports, input, claimed, notStopped);
  await forgetRemoved(ports, input, stops);
  const written = recordWritten({ ...input, applied: claimed, keptPaths });
  await ports.state.saveInventory(written);
  const loaded = await reloadManager(ports, input.plan, written);
  const late = await includeLatecomers(ports, input, loaded);
  const { plan } = late;
  const refreshed = plan.steps.flatMap((step) => (step.kind === "refresh-cgroup" ? [step.unit] : []));
  await ports.manager.refreshControlGroups(refreshed);
  const results = await runUnitJobs(ports, { ...input, plan });
  const attempted = new Set([...refreshed, ...results.filter(wasCarriedOut).map(({ unit }) => unit)]);
  const observed = await ports.manager.readUnits([...attempted]);
  const inventory = late.settle(recordJobs(late.inventory, input.desired, attempted, observed));
  return {
    inventory,
    plan,
    failures: new Map(
      [...stopResults, ...results].filter(hasFailed).map((result) => [result.unit, explainFailure(result)]),
    ),
    interrupted: [...stopResults, ...results].filter(({ verb }) => verb !== "start").length,
  };
}

/**
 * Those at places that a commit chooses. That the directories of units cannot be written is the host's failure, which
 * passes, and is found when they are written.
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

/** The new generation is complete and announced before it becomes current; consumers see the old or the new one. */
async function prepareCredentials(ports: ApplyPorts, input: ApplyInput): Promise<Inventory> {
  const { plan, desired, applied, plaintexts } = input;
  const needed = plan.steps.some(({ kind }) => kind === "credentials");
  const generation = needed ? await ports.credentials.writeGeneration(plaintexts) : applied.generation;
  const claimed = claimPlan(applied, desired, plan, generation);
  if (plan.steps.length > 0) await ports.state.saveInventory(claimed);
  if (needed && generation !== null) {
    await ports.credentials.activate(generation);
    ports.events.emit({ type: "credentials.activated", generation, count: plaintexts.length });
  }
  return claimed;
}

/** @returns paths whose deletion was put off because their unit could not be stopped */
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
      else if (step.kind === "write" || step.kind === "adopt" || step.kind === "delete") {
        await applyFile(ports, step);
        done.add(step.kind === "delete" ? step.path : step.file.path);
      }
    }
    return kept;
  } catch (error) {
    // Where the disk is full, this may fail like the write before it, whose error says more.
    await ports.state.saveInventory(recordPartlyWritten(applied, claimed, plan, done)).catch(() => undefined);
    throw error;
  }
}

async function applyFile(ports: ApplyPorts, step: FileStep): Promise<void> {
  const { because } = step;
  if (step.kind === "write") {
    if (step.backup) await backUp(ports, step.file.path);
    await ports.files.write(step.file);
    const { path, unit } = step.file;
    ports.events.emit({ type: "file.written", path, unit, because });
  } else if (step.kind === "adopt") {
    ports.events.emit({ type: "file.adopted", path: step.file.path, unit: step.file.unit });
  } else {
    if (step.backup) await backUp(ports, step.path);
    await ports.files.remove(step.path);
    ports.events.emit({ type: "file.deleted", path: step.path, unit: step.unit, because });
  }
}

/**
 * systemd remembers failures of units that are gone, also of one that did not end well when it was stopped. Done while the
 * inventory still knows the units, so that a run that was cut off here is made up for.
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

async function backUp(ports: ApplyPorts, path: string): Promise<void> {
  ports.events.emit({ type: "file.saved", path, backup: await ports.files.backup(path) });
}

async function reloadManager(ports: ApplyPorts, plan: Plan, written: Inventory): Promise<Inventory> {
  if (!plan.steps.some(({ kind }) => kind === "daemon-reload")) return written;
  await ports.manager.reload();
  ports.events.emit({ type: "manager.reloaded" });
  const reloaded = recordReloaded(written, ports.clock.now() * 1000);
  await ports.state.saveInventory(reloaded);
  return reloaded;
}

/** Services of changed sockets stop before the batch: systemd refuses to restart a socket while its service runs. */
async function runUnitJobs(ports: ApplyPorts, input: ApplyInput): Promise<readonly JobResult[]> {
  const { plan } = input;
  const after = plan.steps.slice(beforeFiles(plan));
  const stops = await runJobs(ports, selectJobs(after, after.length, "stop"), input);
  const batch = socketsFirst(
    after.flatMap((step): JobRequest[] =>
      step.kind === "start" || step.kind === "restart" || step.kind === "reload"
        ? [{ unit: step.unit, verb: step.kind }]
        : [],
    ),
  );
  // A deliberate start is no crash loop: neither earlier pushes nor the crashes that this revision mends may count.
  await ports.manager.resetFailed(batch.map(({ unit }) => unit));
  return [...stops, ...(await runJobs(ports, batch, input))];
}

/** systemd orders jobs that are queued; the first may run before the second is, and a socket refuses to start after its service. */
function socketsFirst(jobs: readonly JobRequest[]): readonly JobRequest[] {
  const isSocket = ({ unit }: JobRequest) => unit.endsWith(".socket");
  return [...jobs.filter(isSocket), ...jobs.filter((job) => !isSocket(job))];
}

/** Number of steps before the first that is neither about credentials nor a stop. */
function beforeFiles(plan: Plan): number {
  const index = plan.steps.findIndex(({ kind }) => kind !== "credentials" && kind !== "stop");
  return index < 0 ? plan.steps.length : index;
}

function selectJobs(steps: readonly Step[], end: number, verb: "stop"): readonly JobRequest[] {
  return steps.slice(0, end).flatMap((step) => (step.kind === verb ? [{ unit: step.unit, verb }] : []));
}
