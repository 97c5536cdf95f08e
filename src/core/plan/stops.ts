/** Plans the units that are stopped before files change, and the failed units that systemd has to forget. Pure. */
import { policyOf } from "../drift/policy.ts";
import type { DesiredUnit } from "../model/desired.ts";
import { isUp } from "../units/activity.ts";
import { followTies } from "../units/ties.ts";
import { parseInstance, typeOfUnit } from "../units/unit-name.ts";
import type { UnitStep } from "./interruption.ts";
import type { UnitPlan, UnitPlanInput } from "./unit-plan.ts";

/**
 * Owned units and templates that git removed, in this plan or earlier in the same attempt. The earlier ones are listed
 * again, because they may have started again meanwhile, for instance pulled in by a unit that was not changed yet.
 */
export function listLeaving({ desired, applied, prune }: UnitPlanInput): readonly string[] {
  const removed = Object.entries(applied.units).flatMap(([name, unit]) =>
    prune && unit.owned && unit.declared && !unit.masked ? [name] : [],
  );
  return [...new Set([...applied.leaving, ...removed])].filter(
    (name) => desired.units.get(name)?.owned !== true,
  );
}

/**
 * Stops of the running units that git removed, masked, or wants stopped. Removed units stop before files change, so
 * that systemd uses the definition they were started with. A slice with other units in it is not stopped: it needs no
 * file (systemd.slice(5)), and its stop would stop every unit in it.
 */
export function planStops(input: UnitPlanInput, leaving: readonly string[]): readonly UnitStep[] {
  const { desired, observed, isProtected } = input;
  const stop = (unit: string, because: string): UnitStep => ({ kind: "stop", unit, because });
  const steps = leaving.map((name) => stop(name, "removed from git"));
  const gone = new Set(leaving);
  for (const name of observed.keys()) {
    const template = parseInstance(name)?.template;
    if (template !== undefined && gone.has(template) && !gone.has(name) && !desired.units.has(name)) {
      steps.push(stop(name, `its template ${template} was removed from git`));
    }
  }
  for (const unit of desired.units.values()) {
    if (mayRun(unit, input)) continue;
    if (unit.masked) steps.push(stop(unit.name, "masked in git"));
    else if (unit.intent === "stopped") steps.push(stop(unit.name, "state: stopped in gitops.yaml"));
  }
  const unique = [...new Map(steps.map((step) => [step.unit, step])).values()];
  const going = new Set(unique.map(({ unit }) => unit));
  // If the name is by now an alias of another unit, a stop would stop that unit.
  const isItself = (unit: string) => observed.get(unit)?.name === unit;
  return unique
    .filter(({ unit }) => isUp(observed.get(unit)) && isItself(unit) && !isProtected(unit))
    .filter(({ unit }) => !isOccupiedSlice(unit, input, going));
}

/** Whether git has wanted the unit stopped before, and ignores that somebody has started it since. */
function mayRun({ name, masked }: DesiredUnit, { desired, applied }: UnitPlanInput): boolean {
  const known = applied.units[name];
  if (known === undefined || known.expected || known.masked !== masked) return false;
  return policyOf({ kind: "running", unit: name, path: null }, desired) === "ignore";
}

/** Refreshes of removed slices in which units still run, so that their control groups get the default settings. */
export function planSliceRefreshes(input: UnitPlanInput, leaving: readonly string[]): UnitPlan["refreshes"] {
  const { applied, desired } = input;
  const removed = leaving.filter((name) => applied.units[name] !== undefined && !desired.units.has(name));
  return removed
    .filter((name) => isOccupiedSlice(name, input, new Set(leaving)))
    .map((unit) => ({
      kind: "refresh-cgroup",
      unit,
      because: "removed from git; units that run in it keep it with the default settings",
    }));
}

function isOccupiedSlice(
  name: string,
  { observed, ties }: UnitPlanInput,
  going: ReadonlySet<string>,
): boolean {
  if (typeOfUnit(name) !== "slice") return false;
  const inside = [...followTies(ties.along, [name]).keys()];
  return inside.some((unit) => isUp(observed.get(unit)) && !going.has(unit));
}

export function planResets({ desired, applied, observed, prune }: UnitPlanInput): UnitPlan["resets"] {
  return Object.entries(applied.units)
    .filter(([name, unit]) => prune && unit.owned && !desired.units.has(name))
    .filter(([name]) => observed.get(name)?.activeState === "failed")
    .map(([unit]) => ({ kind: "reset-failed", unit, because: "it had failed, and was removed from git" }));
}
