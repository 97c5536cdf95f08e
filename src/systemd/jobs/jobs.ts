/**
 * Queues jobs and waits for their ends. Must not decide which jobs are needed, nor judge the health of a unit.
 */
import { setTimeout as delay } from "node:timers/promises";
import { AgentError } from "../../core/model/errors.ts";
import type { JobRequest, JobResult } from "../../core/ports/systemd.ts";
import { mapConcurrently } from "../../lib/concurrency.ts";
import type { Bus } from "../bus/bus.ts";
import { BusError } from "../bus/bus-error.ts";
import { listUnitsByNames, queueJob } from "../bus/manager-calls.ts";
import { readClocks } from "../read/clocks.ts";
import { readProperties } from "../read/properties.ts";
import { JobWatch } from "./job-watch.ts";
import { readLongStarts } from "./long-starts.ts";
import { judgeLostJob } from "./lost-job.ts";
import { readUnmet, whileLoaded } from "./unmet.ts";

/**
 * For each queued job, as for each unit that is kept in memory (unmet.ts), systemd asks the bus to tell it when we leave, and a
 * connection may have 512 such rules (dbus-daemon(1), max_match_rules_per_connection). When the bus refuses one more,
 * systemd's connection is closed, and nobody reaches systemd over the bus until it is re-executed (measured on 252).
 */
const mostQueued = 256;

type Outcome = Pick<JobResult, "result" | "message">;

/** As `runJobs` of ManagerPort. */
export async function runJobs(
  bus: Bus,
  requests: readonly JobRequest[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly JobResult[]> {
  const watch = new JobWatch(bus);
  try {
    await watch.subscribe();
    return await whileLoaded(bus, listStarted(requests), async () => {
      const interruption = new Interruption(timeoutMs, signal);
      const results = await mapConcurrently(requests, mostQueued, async (request): Promise<JobResult> => {
        const outcome = await interruption.cut((stopped) => awaitJob(bus, watch, request, stopped));
        return { unit: request.unit, verb: request.verb, ...outcome };
      }).finally(() => interruption.dispose());
      return await explainUnmet(bus, results);
    });
  } finally {
    watch.close();
  }
}

function listStarted(requests: readonly JobRequest[]): readonly string[] {
  return requests.flatMap(({ unit, verb }) => (verb === "start" || verb === "restart" ? [unit] : []));
}

/**
 * Adds why a unit was not started. When a condition is not met, systemd reports the job as done; when an assertion is
 * not met, it does not say which one.
 */
async function explainUnmet(bus: Bus, results: readonly JobResult[]): Promise<readonly JobResult[]> {
  const doubtful = results.filter(({ result }) => result === "done" || result === "assert");
  const unmet = await readUnmet(bus, listStarted(doubtful)).catch(noneIfUnreachable);
  return results.map((job) => {
    const found = doubtful.includes(job) ? unmet.get(job.unit) : undefined;
    if (found === undefined) return job;
    return { ...job, message: found.message, ...(found.isFailure ? {} : { result: "unmet" }) };
  });
}

/** The jobs have run. When systemd cannot be asked about them afterwards, that does not make them fail. */
function noneIfUnreachable(error: unknown): Awaited<ReturnType<typeof readUnmet>> {
  if (error instanceof AgentError) return new Map();
  throw error;
}

/** Waits for the end of the job. With `patienceMs`, it also stops waiting when the start is found to go on for long. */
async function awaitJob(
  bus: Bus,
  watch: JobWatch,
  request: JobRequest,
  stopped: AbortSignal,
): Promise<Outcome> {
  if (request.patienceMs === undefined) return await runJob(bus, watch, request, stopped);
  const ended = new AbortController();
  try {
    return await Promise.race([
      runJob(bus, watch, request, stopped),
      findUnfinished(bus, request.unit, request.patienceMs, AbortSignal.any([stopped, ended.signal])),
    ]);
  } finally {
    ended.abort();
  }
}

const recheckMs = 1_000;

/** Resolves when the patience is over and the unit's start goes on for long. Otherwise it never resolves. */
async function findUnfinished(
  bus: Bus,
  unit: string,
  patienceMs: number,
  ended: AbortSignal,
): Promise<Outcome> {
  await pause(patienceMs, ended);
  while (!ended.aborted) {
    const starts = await readLongStarts(bus, [unit]).catch(noLongStart);
    const start = starts.get(unit);
    if (start !== undefined) return { result: "unfinished", message: start.message };
    await pause(recheckMs, ended);
  }
  return await new Promise(() => {});
}

async function pause(ms: number, ended: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: ended }).catch(() => undefined);
}

/** systemd could not be asked: it is asked again later, and the job's own end is still waited for. */
function noLongStart(error: unknown): Awaited<ReturnType<typeof readLongStarts>> {
  if (error instanceof AgentError) return new Map();
  throw error;
}

async function runJob(
  bus: Bus,
  watch: JobWatch,
  { unit, verb }: JobRequest,
  stopped: AbortSignal,
): Promise<Outcome> {
  let askedAtUs = readClocks().monotonicUs;
  let path: string | null;
  try {
    await watch.subscribe();
    askedAtUs = readClocks().monotonicUs;
    path = await queueJob(bus, verb, unit, { signal: stopped });
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    if (error.failure === "refused") return { result: "refused", message: error.reason };
    if (error.failure === "no-bus" || error.failure === "absent") {
      return { result: "refused", message: error.message };
    }
    path = null;
  }
  const result = path === null ? null : await watch.waitForEnd(path);
  return result === null ? await judge(bus, watch, { unit, verb }, askedAtUs, stopped) : { result };
}

const pauseMs = 200;

/** Waits until no job is queued for the unit, and judges by the unit's state how the lost job ended. */
async function judge(
  bus: Bus,
  watch: JobWatch,
  { unit, verb }: JobRequest,
  askedAtUs: number,
  stopped: AbortSignal,
): Promise<Outcome> {
  try {
    const [row] = await listUnitsByNames(bus, [unit]);
    if (row === undefined) return { result: "unknown" };
    if (row.job !== null) {
      const result = await watch.waitForEnd(row.job.path);
      if (result !== null) return { result };
      await delay(pauseMs, undefined, { signal: stopped });
      return await judge(bus, watch, { unit, verb }, askedAtUs, stopped);
    }
    const { InactiveExitTimestampMonotonic: startedAtUs, StateChangeTimestampMonotonic: changedAtUs } =
      await readProperties(bus, row, ["InactiveExitTimestampMonotonic", "StateChangeTimestampMonotonic"]);
    return judgeLostJob(verb, { ...row, startedAtUs, changedAtUs }, askedAtUs);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { result: "unknown", message: error.message };
  }
}

/** Ends the waiting for all jobs of a run at once: when the caller aborts, or when the time is up. */
class Interruption {
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #happened: Promise<Outcome>;
  #timer: NodeJS.Timeout | undefined;
  #onAbort: (() => void) | undefined;

  constructor(timeoutMs: number, signal: AbortSignal) {
    this.#signal = signal;
    this.#happened = new Promise((resolve) => {
      const end = (outcome: Outcome) => {
        resolve(outcome);
        this.#stop.abort();
      };
      this.#onAbort = () => end({ result: "aborted", message: "the agent stopped waiting for the job" });
      const message = `the job had not ended after ${timeoutMs / 1000} s`;
      this.#timer = setTimeout(() => end({ result: "timeout", message }), timeoutMs);
      if (signal.aborted) this.#onAbort();
      else signal.addEventListener("abort", this.#onAbort, { once: true });
    });
  }

  /** The outcome of `work`, or of the interruption if that comes first. What `work` throws after that is ignored. */
  async cut(work: (stopped: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    const working = work(this.#stop.signal);
    working.catch(() => null);
    return await Promise.race([this.#happened, working]);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal.removeEventListener("abort", this.#onAbort);
    this.#stop.abort();
  }
}
