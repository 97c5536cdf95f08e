/** Asks about many units without having all questions under way. Must not know what is asked. */
import { mapConcurrently } from "../../lib/concurrency.ts";

/**
 * Some dozens of calls at once: that is as many as keep systemd busy. What waits for its turn is memory that the collector copies
 * again and again: measured for 150 services, it was more work than the calls.
 */
const unitsAtOnce = 8;

/** Like `Promise.all`, for calls about units; after a failure nothing further is asked. */
export function askEach<Unit, Answer>(
  units: readonly Unit[],
  ask: (unit: Unit) => Promise<Answer>,
): Promise<readonly Answer[]> {
  return mapConcurrently(units, unitsAtOnce, ask);
}
