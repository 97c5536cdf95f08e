/**
 * Waits for something to become true, by asking again and again until a deadline. It never sleeps a fixed time in the
 * hope that this was enough, and knows nothing of machines.
 */
import { setTimeout as delay } from "node:timers/promises";

export interface PollOptions {
  readonly deadlineMs: number;
  /** Appended to the error when the deadline passes, such as the tail of a log. */
  readonly describeSituation?: () => Promise<string>;
}

/** What was waited for did not come to pass; the message names it and the last answer. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

const FIRST_INTERVAL_MS = 20;
const LONGEST_INTERVAL_MS = 250;

/**
 * The first value that `probe` gives which is neither undefined nor false. A probe that throws counts as "not yet".
 *
 * @param what completes the sentence "waited for …"
 * @throws DeadlineError after `deadlineMs`, with `what`, the last value or error, and the situation
 */
export async function pollUntil<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  options: PollOptions,
): Promise<T> {
  const startMs = performance.now();
  let intervalMs = FIRST_INTERVAL_MS;
  for (;;) {
    const answer = await askProbe(probe);
    if ("value" in answer && answer.value !== undefined && answer.value !== false) return answer.value;
    if (performance.now() - startMs >= options.deadlineMs) {
      throw await makeDeadlineError(what, answer, options);
    }
    await delay(intervalMs);
    intervalMs = Math.min(intervalMs * 1.5, LONGEST_INTERVAL_MS);
  }
}

type Answer<T> = { readonly value: T | undefined | false } | { readonly error: unknown };

async function askProbe<T>(probe: () => Promise<T | undefined | false>): Promise<Answer<T>> {
  try {
    return { value: await probe() };
  } catch (error) {
    return { error };
  }
}

async function makeDeadlineError(
  what: string,
  answer: Answer<unknown>,
  options: PollOptions,
): Promise<DeadlineError> {
  const last =
    "error" in answer ? `the last try failed: ${String(answer.error)}` : `last value: ${answer.value}`;
  const situation = (await options.describeSituation?.()) ?? "";
  const lines = [`waited ${options.deadlineMs} ms for ${what}`, last, situation].filter(
    (line) => line !== "",
  );
  return new DeadlineError(lines.join("\n"), "error" in answer ? { cause: answer.error } : undefined);
}
