/**
 * Sees to the units that systemd stops together with what the plan stops, a service that has Requires= of a removed one for
 * instance. Pure; which units those are is propagation.ts.
 */
import { isPassing, isUp, job, type UnitStep, type Verdict } from "./interruption.ts";
import type { UnitPlanInput } from "./plan-units.ts";
import { findTakenDown } from "./propagation.ts";
import type { DesiredUnit } from "./state.ts";

/** Whoever ran and goes down with what the plan stops is started again: nobody wanted it stopped. */
export function startTakenDown(
  { applied, observed, isProtected }: Pick<UnitPlanInput, "applied" | "observed" | "isProtected">,
  stops: readonly UnitStep[],
  decided: readonly (readonly [DesiredUnit, Verdict])[],
): readonly Verdict[] {
  const stopped = [...stops, ...decided.flatMap(([, { socketStops = [] }]) => socketStops)];
  const down = findTakenDown(
    applied,
    decided.map(([{ name }]) => name),
    stopped.map(({ unit }) => unit),
  );
  return decided.map(([unit, verdict]) => {
    const because = down.get(unit.name);
    const isRestarted = verdict.jobs.some((step) => step.kind === "restart" && step.unit === unit.name);
    if (because === undefined || isRestarted || !isUp(observed.get(unit.name))) return verdict;
    if (isPassing(unit) || isProtected(unit.name)) return verdict;
    const { explanation } = verdict;
    return { ...job("start", unit, because), ...(explanation === undefined ? {} : { explanation }) };
  });
}
