/** Runs the jobs of a plan and reports how each ended. Must not choose jobs, nor judge the health of a unit. */

import { findHealth } from "../core/desired/unit-rules.ts";
import type { Desired } from "../core/model/desired.ts";
import type { AgentEvent } from "../core/model/events.ts";
import type { Plan } from "../core/model/plan.ts";
import type { EventSink } from "../core/ports/run.ts";
import type { JobRequest, JobResult, ManagerPort } from "../core/ports/systemd.ts";

/** systemd ends most jobs earlier, because of the units' own TimeoutStartSec= and TimeoutStopSec=. */
const shortestPatienceMs = 300_000;

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
  ports: { readonly manager: ManagerPort; readonly events: EventSink },
  jobs: readonly JobRequest[],
  { plan, desired }: { readonly plan: Plan; readonly desired: Desired },
): Promise<readonly JobResult[]> {
  if (jobs.length === 0) return [];
  const patient = jobs.map((job) => ({ ...job, patienceMs: patienceWith(job.unit, desired) }));
  const timeoutMs = Math.max(shortestPatienceMs, ...patient.map(({ patienceMs }) => patienceMs + lookMs));
  // This signal never aborts: an agent that is stopped meanwhile finishes its apply first.
  const results = await ports.manager.runJobs(patient, timeoutMs, new AbortController().signal);
  for (const result of results) {
    const event = describeJob(result, plan);
    if (event !== null) ports.events.emit(event);
  }
  return results;
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

/** The event for a result; null for a start that goes on: the settling reports all of these. */
function describeJob(result: JobResult, plan: Plan): AgentEvent | null {
  const { unit, verb, message = "" } = result;
  if (result.result === "unfinished" || wasCanceled(result)) return null;
  if (result.result === "unmet") return { type: "unit.skipped", unit, because: message };
  const step = plan.steps.find(
    (candidate) => candidate.kind === verb && "unit" in candidate && candidate.unit === unit,
  );
  if (hasFailed(result)) return { type: "unit.failed", unit, message: explainFailure(result) };
  return { type: pastOf[verb], unit, because: step?.because ?? "" };
}

/** `unknown`: the bus went away under the job. The settling sees how the unit does. */
export function hasFailed(job: JobResult): boolean {
  return !["done", "skipped", "unmet", "unfinished", "unknown"].includes(job.result) && !wasCanceled(job);
}

/** Whether another job has taken the place of a start, by a tie between the two for instance: a look at the host says what is left to do. */
export function wasCanceled({ result, verb }: JobResult): boolean {
  return result === "canceled" && verb !== "stop";
}

/** Whether systemd acted on the unit, so that it runs, will run, or has failed with the loaded definition. */
export function wasCarriedOut({ result }: JobResult): boolean {
  return ["done", "skipped", "unmet", "unfinished", "failed", "timeout"].includes(result);
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
