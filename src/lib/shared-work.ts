/** Lets callers that want the same result at the same time share one run of the work. No domain knowledge. */
import { setTimeout as delay } from "node:timers/promises";

/**
 * Returns a function that runs `make` at most once at a time and gives its result to all callers. No caller gets a result
 * that is older than its call: a call that comes while `make` runs waits for the next run, and so do all other calls that
 * come meanwhile. All callers that wait for a run get its error.
 *
 * @param restFactor how long to pause after a run, as a multiple of the time that the run took. With any number of callers,
 *   at most 1 / (1 + restFactor) of the time goes into `make`. A call after the pause begins at once.
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

/**
 * Returns a function that runs `make` for one caller after the other, and pauses after each run as `shareWork` does.
 *
 * @param restFactor as of `shareWork`
 */
export function queueWork<Input, Result>(
  make: (input: Input) => Promise<Result>,
  restFactor = 0,
): (input: Input) => Promise<Result> {
  let lastRun: Promise<void> = Promise.resolve();
  return (input) => {
    const run = lastRun.then(() => make(input));
    lastRun = lastRun.then(() => restAfter(run, restFactor));
    return run;
  };
}

/** Waits for the run and the pause after it. Measures with the monotonic clock, which cannot be set. */
async function restAfter(run: Promise<unknown>, restFactor: number): Promise<void> {
  const startedMs = performance.now();
  await run.catch(() => undefined);
  if (restFactor > 0) await delay((performance.now() - startedMs) * restFactor);
}
