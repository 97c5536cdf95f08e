/** Which starts go on after an apply and are watched further. Pure. */
import type { UnfinishedUnit } from "../model/actions.ts";
import type { Inventory } from "../model/inventory.ts";

/**
 * The inventory after an apply, with the units whose start goes on. Earlier ones that the apply did not touch are kept, if
 * they are still in the inventory.
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
