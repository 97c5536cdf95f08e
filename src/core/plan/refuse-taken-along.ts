/**
 * Refuses a plan when systemd would stop or restart a protected unit along with one of its jobs, so that a push cannot
 * lock the administrator out. Pure.
 */

import type { ObservedUnit, Ties } from "../model/observed.ts";
import type { Refusal } from "../model/plan.ts";
import { isUp } from "../units/activity.ts";
import { followTies } from "../units/ties.ts";
import type { UnitStep } from "./interruption.ts";
import { findAlongside } from "./propagation.ts";

/** @param jobs all jobs of the plan, the stops among them */
export function refuseTakenAlong(
  observed: ReadonlyMap<string, ObservedUnit>,
  ties: Ties,
  jobs: readonly UnitStep[],
  isProtected: (unit: string) => boolean,
): readonly Refusal[] {
  const stopped = jobs.flatMap(({ kind, unit }) => (kind === "stop" ? [unit] : []));
  const taken = new Map([
    ...[...followTies(ties.along, stopped)].map(
      ([unit, tie]) => [unit, `it has ${tie}, which is stopped`] as const,
    ),
    ...findAlongside(observed, ties, jobs).map(({ unit, because }) => [unit, because] as const),
  ]);
  return [...taken]
    .filter(([unit]) => isProtected(unit) && isUp(observed.get(unit)))
    .map(([unit, because]) => ({
      code: "protected",
      subject: unit,
      message: `${unit} is protected, and would go down along: ${because}`,
      hint: "take the tie between the two away (systemctl list-dependencies --reverse shows it), or leave the other unit as it is",
    }));
}
