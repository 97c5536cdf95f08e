/** Asks about many units, with a few questions under way at a time. Must not know what is asked. */
import { mapConcurrently } from "../../lib/concurrency.ts";

/**
 * Each unit takes several calls, so this is some dozens of calls at once: enough to keep systemd busy. More calls
 * only wait, and the garbage collector copies their memory again and again: for 150 services that was more work than
 * the calls.
 */
const unitsAtOnce = 8;

/** Like `Promise.all`, for calls about units. After a failure nothing further is asked. */
export function askEach<Unit, Answer>(
  units: readonly Unit[],
  ask: (unit: Unit) => Promise<Answer>,
): Promise<readonly Answer[]> {
  return mapConcurrently(units, unitsAtOnce, ask);
}
