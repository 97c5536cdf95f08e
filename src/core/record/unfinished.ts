/** Which starts that go on an apply leaves to be watched. Pure. */
import type { UnfinishedUnit } from "../model/actions.ts";
import type { Inventory } from "../model/inventory.ts";

/**
 * After an apply: who is to be watched on. Units that it did not touch are watched as before, as long as they are known.
 * @param touched units that the apply interrupted or started
 */
export function recordUnfinished(
  applied: Inventory,
  touched: readonly string[],
  unfinished: readonly UnfinishedUnit[],
): Inventory {
  const kept = applied.unfinished.filter(
    ({ unit }) => !touched.includes(unit) && applied.units[unit] !== undefined,
  );
  return { ...applied, unfinished: [...kept, ...unfinished] };
}
