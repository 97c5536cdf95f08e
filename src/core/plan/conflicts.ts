/**
 * Changes the jobs of a plan so that none of them ends, by `Conflicts=`, a unit that is expected to run. The start of a
 * unit ends the running unit it conflicts with, whichever of the two has the line. Pure; desired/conflicts.ts decides
 * which of the units in conflict is expected to run.
 */

import { listRivals, type Units } from "../desired/conflicts.ts";
import { listPullers } from "../desired/enablement.ts";
import type { Spared } from "../model/plan.ts";
import { isUp } from "../units/activity.ts";
import { listReferences, pullKeys } from "../units/references.ts";
import type { Surroundings, UnitStep } from "./interruption.ts";
import type { UnitPlanInput } from "./unit-plan.ts";

/** What a plan does to units after the daemon-reload. */
export interface Jobs {
  readonly lateStops: readonly UnitStep[];
  readonly jobs: readonly UnitStep[];
  readonly spared: readonly Spared[];
}

/**
 * Changes the jobs so that none of them ends a unit that is expected to run.
 * - A unit that is not expected, and conflicts with an expected one, gets no job. If it runs, it is stopped before the
 *   expected unit starts: the two may also be tied in another way, and then systemd could not do both in one
 *   transaction.
 * - An expected unit is started last when another unit of the plan pulls in its rival: the last start wins.
 * @param units every unit that the plan may start, also instances that nobody declared
 */
export function favourExpected(
  plan: Jobs,
  units: Units,
  { observed, expected, isProtected }: Omit<Surroundings, "desired">,
): Jobs {
  const rivals = listRivals(units);
  if (rivals.size === 0) return plan;
  const begun = listBegun(plan);
  const findWinner = (name: string): string | undefined => {
    const winners = [...(rivals.get(name) ?? [])].filter((rival) => expected.has(rival));
    if (expected.has(name)) return undefined;
    return winners.find((rival) => begun.has(rival)) ?? winners.find((rival) => isUp(observed.get(rival)));
  };
  const losers = [...rivals.keys()].flatMap((unit): Loser[] => {
    const winner = findWinner(unit);
    if (winner === undefined || isProtected(unit) || !(begun.has(unit) || begun.has(winner))) return [];
    return [{ unit, winner, isRunning: isUp(observed.get(unit)) }];
  });
  return defend(giveWay(plan, losers), units, findWinner);
}

/** For units that git enables and that lost a conflict: why they are not started. Only for those where this is new. */
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

function listBegun({ jobs }: Jobs): ReadonlySet<string> {
  return new Set(jobs.filter(isBeginning).map(({ unit }) => unit));
}

function isBeginning({ kind }: UnitStep): boolean {
  return kind === "start" || kind === "restart";
}

/** A unit that is not expected to run, and the expected unit that it conflicts with. */
interface Loser {
  readonly unit: string;
  readonly winner: string;
  readonly isRunning: boolean;
}

function giveWay(plan: Jobs, losers: readonly Loser[]): Jobs {
  const begun = listBegun(plan);
  const explain = ({ winner }: Loser) => `it cannot run beside ${winner} (Conflicts=)`;
  const stops = losers
    .filter(({ isRunning }) => isRunning)
    .map((loser): UnitStep => {
      const because = `${explain(loser)}, which is expected to run`;
      return { kind: "stop", unit: loser.unit, because, isLate: true };
    });
  const spared = losers
    .filter(({ unit, isRunning }) => !isRunning && begun.has(unit))
    .map((loser): Spared => {
      return { unit: loser.unit, class: "restart", because: explain(loser), pending: false };
    });
  const given = new Set(losers.map(({ unit }) => unit));
  return {
    lateStops: [...plan.lateStops.filter(({ unit }) => !given.has(unit)), ...stops],
    jobs: plan.jobs.filter(({ unit }) => !given.has(unit)),
    spared: [...plan.spared, ...spared],
  };
}

function defend(plan: Jobs, units: Units, findWinner: (name: string) => string | undefined): Jobs {
  const pulls = readPulls(units);
  const defended = new Map<string, UnitStep>();
  for (const unit of listBegun(plan)) {
    for (const pulled of followPulls(unit, pulls)) {
      const winner = findWinner(pulled);
      const because = `${unit} pulls in ${pulled}, which would end it (Conflicts=)`;
      if (winner !== undefined) defended.set(winner, { kind: "start", unit: winner, because });
    }
  }
  const isDefended = ({ kind, unit }: UnitStep) => kind === "start" && defended.has(unit);
  for (const step of plan.jobs.filter(isDefended)) defended.set(step.unit, step);
  return { ...plan, jobs: [...plan.jobs.filter((step) => !isDefended(step)), ...defended.values()] };
}

type Pulls = ReadonlyMap<string, readonly string[]>;

/** Unit → the units that start with it: those that its own text names, and those that are enabled into it. */
function readPulls(units: Units): Pulls {
  const pulls = new Map<string, string[]>();
  const add = (puller: string, unit: string) => pulls.set(puller, [...(pulls.get(puller) ?? []), unit]);
  for (const unit of units.values()) {
    const { name, definition } = unit;
    for (const key of pullKeys) {
      for (const pulled of listReferences(definition.settings, key, name)) add(name, pulled);
    }
    for (const puller of listPullers(unit)) add(puller, name);
  }
  return pulls;
}

function followPulls(unit: string, pulls: Pulls): ReadonlySet<string> {
  const found = new Set([unit]);
  for (const puller of found) for (const pulled of pulls.get(puller) ?? []) found.add(pulled);
  found.delete(unit);
  return found;
}
