/**
 * Decides what is done to a unit that a correction names: the job that it asks for, and what its files that are put back
 * cost. Decides nothing about other units. Pure.
 */

import { isEdited } from "../drift/host-edits.ts";
import type { Corrections } from "../model/correction.ts";
import type { DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { isUp } from "../units/activity.ts";
import { parseInstance } from "../units/unit-name.ts";
import { interrupt, job, type Surroundings, type UnitStep, type Verdict } from "./interruption.ts";
import { findOwn, findRecord, runsEdited } from "./running-definition.ts";
import { isInScope } from "./scope.ts";
import { makeWay } from "./sockets.ts";
import { planStops } from "./stops.ts";
import type { UnitPlanInput } from "./unit-plan.ts";

interface Context {
  readonly corrections: Corrections;
  readonly surroundings: Surroundings;
}

/**
 * @param decide what the plan of the whole revision would do to the unit
 */
export function correctUnit(
  unit: DesiredUnit,
  input: UnitPlanInput,
  { corrections, surroundings }: Context,
  decide: () => Verdict,
): Verdict {
  const observed = findOwn(unit.name, input.applied, input.observed);
  if (isUp(observed) && observed !== undefined) {
    const because = explainRestart(unit, observed, input, corrections);
    if (because !== null) {
      const verdict = interrupt(unit, because, { observed, before: unit.definition }, surroundings);
      return makeWay(unit, verdict, surroundings);
    }
    return isInScope(unit, corrections.units) ? refresh(unit, decide(), corrections) : { jobs: [] };
  }
  const asked = corrections.jobs.get(unit.name);
  if (asked === undefined || asked.verb === "stop" || unit.intent === "stopped") return { jobs: [] };
  if (asked.ifExpected && !surroundings.expected.has(unit.name)) return { jobs: [] };
  return makeWay(unit, job("start", unit, asked.because), surroundings);
}

/** Why the running unit is interrupted although git's definition of it has not changed; null when it goes on. */
function explainRestart(
  unit: DesiredUnit,
  observed: ObservedUnit,
  { applied, editedUnits }: UnitPlanInput,
  { jobs, paths, units }: Corrections,
): string | null {
  const asked = jobs.get(unit.name);
  if (asked?.verb === "restart") return asked.because;
  const record = findRecord(unit.name, applied, observed);
  if (isInScope(unit, units) && runsEdited(record, observed) && !isEdited(unit.name, editedUnits)) {
    return "drift: its files were put back, and it ran the edit";
  }
  const read = [...paths].find(
    ([path, { sinceUs }]) => unit.definition.files[path] !== undefined && observed.startedAtUs >= sinceUs,
  );
  return read === undefined ? null : `drift: ${read[0]} was put back, and it had started with the edit`;
}

/** Only a refresh makes systemd take back what a drop-in had set for the control group of a running unit. */
function refresh(unit: DesiredUnit, verdict: Verdict, { paths }: Corrections): Verdict {
  const names = [unit.name, parseInstance(unit.name)?.template, unit.quadlet];
  const isTouched = [...paths.values()].some(({ unit: owner }) => owner !== null && names.includes(owner));
  const restarts = verdict.jobs.some(({ kind, unit: name }) => kind === "restart" && name === unit.name);
  if (!isTouched || restarts || verdict.refresh !== undefined) return verdict;
  const because = "drift: its settings are git's again";
  return { ...verdict, refresh: { kind: "refresh-cgroup", unit: unit.name, because } };
}

/** The stops of named units that git wants stopped. */
export function planCorrectiveStops(input: UnitPlanInput, { jobs }: Corrections): readonly UnitStep[] {
  return planStops(input, []).flatMap((step) => {
    const asked = jobs.get(step.unit);
    return asked?.verb === "stop" ? [{ ...step, because: asked.because }] : [];
  });
}
