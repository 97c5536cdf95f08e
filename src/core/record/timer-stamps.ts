/**
 * Stamp files, in which systemd records when a Persistent= timer last elapsed (systemd.timer(5)). If a timer is removed and
 * added again much later, an old stamp would make it run at once for the time in between. So the stamp is deleted with its
 * timer, but only when no rollback can need it any more. Pure.
 */

import type { Desired } from "../model/desired.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";
import { parseInstance } from "../units/unit-name.ts";

/** @returns timers that git takes away, now or earlier in the same attempt */
export function listRemovedTimers({
  applied,
  desired,
  plan,
}: {
  readonly applied: Inventory;
  readonly desired: Desired;
  readonly plan: Plan;
}): readonly string[] {
  const deleted = new Set(plan.steps.flatMap((step) => (step.kind === "delete" ? [step.unit] : [])));
  const removed = Object.entries(applied.units).flatMap(([name, { owned }]) => {
    const goes = deleted.has(name) || deleted.has(parseInstance(name)?.template ?? "");
    return owned && goes && name.endsWith(".timer") ? [name] : [];
  });
  return [...new Set([...applied.removedTimers, ...removed])].filter((name) => !desired.units.has(name));
}

/** Paths of the stamps whose timers did not come back. */
export function listOldStamps({ removedTimers, units }: Inventory, layout: HostLayout): readonly string[] {
  return removedTimers
    .filter((name) => units[name] === undefined)
    .map((name) => `${layout.timerStampDirectory}/stamp-${name}`);
}
