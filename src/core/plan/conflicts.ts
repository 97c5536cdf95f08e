/**
 * Jobs of a plan that would end a unit which is expected to run, because of `Conflicts=`: a start ends what runs, whichever of the
 * two has the line. Pure; which of several units that are in conflict is expected to run is desired/conflicts.ts.
 */

import { listRivals, type Units } from "../desired/conflicts.ts";
import type { Observed } from "../model/observed.ts";
import type { Spared } from "../model/plan.ts";
import { isUp } from "../units/activity.ts";
import { listReferences, pullKeys } from "../units/references.ts";
import type { UnitStep } from "./interruption.ts";
import type { UnitPlanInput } from "./unit-plan.ts";

/** What a plan does to units after the daemon-reload. */
export interface Jobs {
  readonly lateStops: readonly UnitStep[];
  readonly jobs: readonly UnitStep[];
  readonly spared: readonly Spared[];
}

/**
 * The jobs, changed such that none ends a unit that is expected to run. A unit that is not expected and cannot run beside one that
 * is gets no job, and is stopped. An expected unit that would end because another one pulls its rival in gets its job last, which
 * is what systemd then goes by.
 * @param units all that the plan may start, also instances that nobody declared
 */
export function favourExpected(
  plan: Jobs,
  units: Units,
  observed: Observed["units"],
  expected: ReadonlySet<string>,
): Jobs {
  const rivals = listRivals(units);
  if (rivals.size === 0) return plan;
  const begun = new Set(plan.jobs.filter(isBeginning).map(({ unit }) => unit));
  const findWinner = (name: string): string | undefined =>
    expected.has(name)
      ? undefined
      : [...(rivals.get(name) ?? [])].find(
          (rival) => expected.has(rival) && (begun.has(rival) || isUp(observed.get(rival))),
        );
  return defend(giveWay(plan, observed, findWinner), units, findWinner);
}

/** Says of units that git enables why they are not started, when that is new. */
export function explainReplaced(
  replaced: ReadonlyMap<string, string>,
  { applied, observed }: Pick<UnitPlanInput, "applied" | "observed">,
): readonly Spared[] {
  const isNews = (unit: string) => applied.units[unit]?.expected !== false && !isUp(observed.get(unit));
  return [...replaced]
    .filter(([unit]) => isNews(unit))
    .map(([unit, why]) => {
      return { unit, class: "restart", because: `${why}, and is not started`, pending: false };
    });
}

function isBeginning({ kind }: UnitStep): boolean {
  return kind === "start" || kind === "restart";
}

type FindWinner = (name: string) => string | undefined;

function giveWay(plan: Jobs, observed: Observed["units"], findWinner: FindWinner): Jobs {
  const given = plan.jobs.filter(isBeginning).flatMap(({ unit }) => {
    const winner = findWinner(unit);
    return winner === undefined ? [] : [{ unit, because: `it cannot run beside ${winner} (Conflicts=)` }];
  });
  const losers = new Set(given.map(({ unit }) => unit));
  const isRunning = ({ unit }: { readonly unit: string }) => isUp(observed.get(unit));
  const stops = given.filter(isRunning).map(({ unit, because }): UnitStep => {
    return { kind: "stop", unit, because: `${because}, which is expected to run`, isLate: true };
  });
  const spared = given
    .filter((one) => !isRunning(one))
    .map((one): Spared => ({ ...one, class: "restart", pending: false }));
  return {
    lateStops: [...plan.lateStops, ...stops],
    jobs: plan.jobs.filter(({ unit }) => !losers.has(unit)),
    spared: [...plan.spared, ...spared],
  };
}

function defend(plan: Jobs, units: Units, findWinner: FindWinner): Jobs {
  const defended = new Map<string, UnitStep>();
  for (const { unit } of plan.jobs.filter(isBeginning)) {
    for (const pulled of listPulled(unit, units)) {
      const winner = findWinner(pulled);
      const because = `${unit} pulls in ${pulled}, which would end it (Conflicts=)`;
      if (winner !== undefined) defended.set(winner, { kind: "start", unit: winner, because });
    }
  }
  const isDefended = (step: UnitStep) => isBeginning(step) && defended.has(step.unit);
  for (const step of plan.jobs.filter(isDefended)) defended.set(step.unit, step);
  return { ...plan, jobs: [...plan.jobs.filter((step) => !isDefended(step)), ...defended.values()] };
}

/** What the start of a unit starts with it. */
function listPulled(name: string, units: Units): ReadonlySet<string> {
  const pulled = new Set<string>();
  const queue = [name];
  for (const puller of queue) {
    const settings = units.get(puller)?.definition.settings ?? {};
    for (const unit of pullKeys.flatMap((key) => listReferences(settings, key, puller))) {
      if (!pulled.has(unit)) queue.push(unit);
      pulled.add(unit);
    }
  }
  return pulled;
}
