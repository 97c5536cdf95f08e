/**
 * Names the running units that systemd stops or restarts along with the jobs of a plan. The plan shows them before it
 * is carried out. Pure; units/ties.ts says which units are tied to which.
 */

import type { ObservedUnit, Ties } from "../model/observed.ts";
import type { Alongside } from "../model/plan.ts";
import { isUp } from "../units/activity.ts";
import { followTies } from "../units/ties.ts";
import type { UnitStep } from "./interruption.ts";

/** Each such unit once, with the tie that is the reason. Units that the plan itself stops or restarts are left out. */
export function findAlongside(
  observed: ReadonlyMap<string, ObservedUnit>,
  ties: Ties,
  jobs: readonly UnitStep[],
): readonly Alongside[] {
  const namesOf = (...kinds: readonly string[]) =>
    jobs.flatMap(({ kind, unit }) => (kinds.includes(kind) ? [unit] : []));
  const runs = (unit: string) => isUp(observed.get(unit));
  const restarted = [...followTies(ties.along, namesOf("restart"))].map(([unit, tie]): Alongside => {
    return { unit, action: "restart", because: `it has ${tie}, which is restarted` };
  });
  const stopped = namesOf("start", "restart").flatMap((origin) =>
    (ties.conflicts.get(origin) ?? []).map(({ unit, text }): Alongside => {
      return { unit, action: "stop", because: `it has ${text}, and ${origin} is started` };
    }),
  );
  const own = new Set(namesOf("restart", "stop"));
  const found = new Map<string, Alongside>();
  for (const along of [...stopped, ...restarted]) {
    if (runs(along.unit) && !own.has(along.unit)) found.set(along.unit, along);
  }
  return [...found.values()];
}
