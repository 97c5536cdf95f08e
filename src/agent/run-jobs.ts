/** Runs the jobs of a plan, reports each, and says how it ended. Must not choose jobs, nor judge the health of a unit. */

import { findHealth } from "../core/desired/unit-rules.ts";
import type { Desired } from "../core/model/desired.ts";
import type { AgentEvent } from "../core/model/events.ts";
import type { Plan } from "../core/model/plan.ts";
import type { EventSink } from "../core/ports/run.ts";
import type { JobRequest, JobResult, ManagerPort } from "../core/ports/systemd.ts";

/** systemd ends most jobs earlier, by the units' own TimeoutStartSec= and TimeoutStopSec=. */
const shortestPatienceMs = 300_000;

/**
 * Waits for all of them; as long as the most patient of their units wants, if its `timeout` is above five minutes. A oneshot
 * that is at work is waited for until its own `timeout` only, and so is who waits for it.
 */
export async function runJobs(
  ports: { readonly manager: ManagerPort; readonly events: EventSink },
  jobs: readonly JobRequest[],
  { plan, desired }: { readonly plan: Plan; readonly desired: Desired },
): Promise<readonly JobResult[]> {
  if (jobs.length === 0) return [];
  const patient = jobs.map((job) => ({ ...job, patienceMs: findHealth(desired, job.unit).timeoutMs }));
  const timeoutMs = Math.max(shortestPatienceMs, ...patient.map(({ patienceMs }) => patienceMs));
  // An agent that is stopped meanwhile ends its apply first.
  const results = await ports.manager.runJobs(patient, timeoutMs, new AbortController().signal);
  for (const result of results) {
    const event = describeJob(result, plan);
    if (event !== null) ports.events.emit(event);
  }
  return results;
}

const pastOf = {
  start: "unit.started",
  stop: "unit.stopped",
  restart: "unit.restarted",
  reload: "unit.reloaded",
} as const;

/** Null for a start that goes on: the settling reports it, also where there was no job. */
function describeJob(result: JobResult, plan: Plan): AgentEvent | null {
  const { unit, verb, message = "" } = result;
  if (result.result === "unfinished") return null;
  if (result.result === "unmet") return { type: "unit.skipped", unit, because: message };
  const step = plan.steps.find(
    (candidate) => candidate.kind === verb && "unit" in candidate && candidate.unit === unit,
  );
  if (hasFailed(result)) return { type: "unit.failed", unit, message: explainFailure(result) };
  return { type: pastOf[verb], unit, because: step?.because ?? "" };
}

/** `unknown`: the bus went away under the job. The settling sees how the unit does. */
export function hasFailed({ result }: JobResult): boolean {
  return !["done", "skipped", "unmet", "unfinished", "unknown"].includes(result);
}

/** Whether systemd acted on the unit, so that it runs, will run, or failed with what is loaded now. */
export function wasCarriedOut({ result }: JobResult): boolean {
  return ["done", "skipped", "unmet", "unfinished", "failed", "timeout"].includes(result);
}

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
    return `the ${verb} of ${unit} was canceled, as by a start of what it has Conflicts= with, or by somebody who stops it`;
  }
  return `the ${verb} of ${unit} ended with result ${result}`;
}
