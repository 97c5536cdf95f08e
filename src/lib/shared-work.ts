/** Joins callers that want the same thing at the same time. No domain knowledge. */
import { setTimeout as delay } from "node:timers/promises";

/**
 * Returns a function that gives the result of `make` to everybody who calls it, and runs `make` at most once at a time.
 * Nobody gets a result that is older than the own call: a call that comes while `make` runs waits, together with all others
 * that do, for the next run. An error of a run goes to all who waited for that run.
 *
 * @param restFactor how long to pause after a run, as a multiple of the time that it took. However many call, at most
 *   1 / (1 + restFactor) of the time goes into `make`. A call after the pause begins at once.
 */
export function shareWork<Result>(make: () => Promise<Result>, restFactor = 0): () => Promise<Result> {
  let lastRun: Promise<void> = Promise.resolve();
  let nextRun: Promise<Result> | null = null;
  const begin = () => {
    nextRun = null;
    const run = make();
    lastRun = restAfter(run, restFactor);
    return run;
  };
  return () => {
    nextRun ??= lastRun.then(begin);
    return nextRun;
  };
}

/** Measures with the monotonic clock, which nobody can set. */
async function restAfter(run: Promise<unknown>, restFactor: number): Promise<void> {
  const startedMs = performance.now();
  await run.catch(() => undefined);
  if (restFactor > 0) await delay((performance.now() - startedMs) * restFactor);
}
