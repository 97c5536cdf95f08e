/** Runs the jobs of a plan and reports how each ended. Must not choose jobs, nor judge the health of a unit. */

import { findHealth } from "../core/desired/unit-rules.ts";
import type { Desired } from "../core/model/desired.ts";
import type { AgentEvent } from "../core/model/events.ts";
import type { Observed } from "../core/model/observed.ts";
import type { Plan } from "../core/model/plan.ts";
import type { EventSink } from "../core/ports/run.ts";
import type { JobRequest, JobResult, ManagerPort } from "../core/ports/systemd.ts";
import { isUp } from "../core/units/activity.ts";

export interface JobPorts {
  readonly manager: ManagerPort;
  readonly events: EventSink;
}

/** systemd ends most jobs earlier, because of the units' own TimeoutStartSec= and TimeoutStopSec=. */
const shortestPatienceMs = 300_000;

export interface JobInput {
  readonly plan: Plan;
  readonly desired: Desired;
  /** Before the jobs. */
  readonly observed: Observed["units"];
}

/** Enough to find out, when the patience with a unit is over, that its start goes on for long. */
const lookMs = 10_000;

/**
 * Queues the jobs and waits for all of them: five minutes, or the longest `timeout` of their units if that is more. For a
 * oneshot that is at work, and for units that wait for it, it waits only until their own `timeout`. A container that podman
 * has not started by then goes on starting as well: podman may pull a large image.
 * @returns one result for each job
 * @throws AgentError `systemd-unreachable`
 */
export async function runJobs(
  ports: JobPorts,
  jobs: readonly JobRequest[],
  { plan, desired, observed }: JobInput,
): Promise<readonly JobResult[]> {
  if (jobs.length === 0) return [];
  const patient = jobs.map((job) => ({ ...job, patienceMs: patienceWith(job.unit, desired) }));
  const timeoutMs = Math.max(shortestPatienceMs, ...patient.map(({ patienceMs }) => patienceMs + lookMs));
  // This signal never aborts: an agent that is stopped meanwhile finishes its apply first.
  const ended = await ports.manager.runJobs(patient, timeoutMs, new AbortController().signal);
  const results = await findUntouched(ports.manager, ended, observed);
  for (const result of results) {
    const event = describeJob(result, plan);
    if (event !== null) ports.events.emit(event);
  }
  return results;
}

/** Stops the services of changed sockets before the batch: systemd refuses to restart a socket while its service runs. */
export async function runUnitJobs(ports: JobPorts, input: JobInput): Promise<readonly JobResult[]> {
  const { plan } = input;
  const stops = await runJobs(ports, selectStops(plan, true), input);
  const batch = inOrder(
    plan.steps.flatMap((step): JobRequest[] =>
      step.kind === "start" || step.kind === "restart" || step.kind === "reload"
        ? [{ unit: step.unit, verb: step.kind }]
        : [],
    ),
  );
  // systemd counts starts for StartLimitBurst=. Earlier pushes, and crashes that this revision corrects, must not count
  // here. systemd also counts the stop of a unit that has become a oneshot as a failure, which it is not.
  await ports.manager.resetFailed([...stops, ...batch].map(({ unit }) => unit));
  return [...stops, ...(await runJobs(ports, batch, input))];
}

/**
 * systemd orders jobs that are queued, but the first may run before the next is queued: a socket refuses to start after its service,
 * and a restart would stop what it is tied to and what has just been started.
 */
function inOrder(jobs: readonly JobRequest[]): readonly JobRequest[] {
  const rank = ({ unit, verb }: JobRequest) => (unit.endsWith(".socket") ? 0 : verb === "start" ? 2 : 1);
  return jobs.toSorted((left, right) => rank(left) - rank(right));
}

export function selectStops({ steps }: Plan, isLate: boolean): readonly JobRequest[] {
  return steps.flatMap((step) =>
    step.kind === "stop" && (step.isLate ?? false) === isLate ? [{ unit: step.unit, verb: "stop" }] : [],
  );
}

/** A start job of a unit that runs already ends well without a start of the unit. */
async function findUntouched(
  manager: ManagerPort,
  results: readonly JobResult[],
  before: Observed["units"],
): Promise<readonly JobResult[]> {
  const isOfRunning = ({ unit, verb, result }: JobResult) =>
    verb === "start" && result === "done" && isUp(before.get(unit));
  const names = results.filter(isOfRunning).map(({ unit }) => unit);
  if (names.length === 0) return results;
  const now = await manager.readUnits(names);
  return results.map((job) =>
    isOfRunning(job) && now.get(job.unit)?.invocationId === before.get(job.unit)?.invocationId
      ? { ...job, result: "untouched" }
      : job,
  );
}

/** For a quadlet five minutes at least: a pull that fails in this time is undone, and a later failure is not. */
function patienceWith(unit: string, desired: Desired): number {
  const { timeoutMs } = findHealth(desired, unit);
  const isQuadlet = (desired.units.get(unit)?.quadlet ?? null) !== null;
  return isQuadlet ? Math.max(shortestPatienceMs, timeoutMs) : timeoutMs;
}

const pastOf = {
  start: "unit.started",
  stop: "unit.stopped",
  restart: "unit.restarted",
  reload: "unit.reloaded",
} as const;

/**
 * The event for a result; null for a start that goes on, since the settling reports all of these, and for a unit that was not
 * touched.
 */
function describeJob(result: JobResult, plan: Plan): AgentEvent | null {
  const { unit, verb, message = "" } = result;
  if (["unfinished", "untouched"].includes(result.result) || wasCanceled(result)) return null;
  if (result.result === "unmet") return { type: "unit.skipped", unit, because: message };
  const step = plan.steps.find(
    (candidate) => candidate.kind === verb && "unit" in candidate && candidate.unit === unit,
  );
  if (hasFailed(result)) return { type: "unit.failed", unit, message: explainFailure(result) };
  return { type: pastOf[verb], unit, because: step?.because ?? "" };
}

/** `unknown`: the bus went away under the job. The settling sees how the unit does. */
export function hasFailed(job: JobResult): boolean {
  return (
    !["done", "untouched", "skipped", "unmet", "unfinished", "unknown"].includes(job.result) &&
    !wasCanceled(job)
  );
}

/** Whether another job has taken the place of a start, by a tie between the two for instance: a look at the host says what is left to do. */
export function wasCanceled({ result, verb }: JobResult): boolean {
  return result === "canceled" && verb !== "stop";
}

/** Whether systemd acted on the unit, so that it runs, will run, or has failed with the loaded definition. */
export function wasCarriedOut({ result }: JobResult): boolean {
  return ["done", "untouched", "skipped", "unmet", "unfinished", "failed", "timeout"].includes(result);
}

/** Says in one line, for people, how a job failed. */
export function explainFailure({ unit, verb, result, message }: JobResult): string {
  const what = describeResult(unit, verb, result);
  return message === undefined ? what : `${what}: ${message}`;
}

function describeResult(unit: string, verb: JobResult["verb"], result: JobResult["result"]): string {
  if (result === "refused") return `systemd refuses to ${verb} ${unit}`;
  if (result === "assert") return `${unit} was not started`;
  if (result === "timeout") return `the ${verb} of ${unit} took too long`;
  if (result === "failed") return `${unit} failed to ${verb}`;
  if (result === "canceled") {
    return `the ${verb} of ${unit} was canceled by another job, of a unit that it is tied to or of somebody else`;
  }
  return `the ${verb} of ${unit} ended with result ${result}`;
}
