/**
 * Starts units again that a plan takes down without meaning to: units that are tied to a unit which the plan stops, and
 * units that an earlier part of the same attempt took down. Pure.
 */

import type { ActionLog } from "../model/actions.ts";
import type { DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { isPassing, isUp } from "../units/activity.ts";
import { followTies } from "../units/ties.ts";
import { parseInstance } from "../units/unit-name.ts";
import { job, type UnitStep, type Verdict } from "./interruption.ts";
import { isStartedOnDemand } from "./sockets.ts";
import type { UnitPlanInput } from "./unit-plan.ts";

type RestoreInput = Pick<UnitPlanInput, "applied" | "desired" | "observed" | "ties"> & {
  readonly expected: ReadonlySet<string>;
};

/**
 * The verdicts with the missing starts added, and one more verdict for each foreign unit that has to start again.
 * @param stops what the plan stops before files change
 * @param leaving units that git takes away, masks or wants stopped: they are not started
 */
export function startTakenDown(
  input: RestoreInput,
  stops: readonly UnitStep[],
  decided: readonly (readonly [DesiredUnit, Verdict])[],
  leaving: ReadonlySet<string>,
): readonly Verdict[] {
  const stopped = [...stops, ...decided.flatMap(([, { lateStops = [] }]) => lateStops)];
  const down = followTies(
    input.ties.along,
    stopped.map(({ unit }) => unit),
  );
  const reasonFor = (name: string) => explainStart(name, input, down);
  const own = decided.map(([unit, verdict]) => {
    const because = isPassing(unit) || isLeaving(unit.name, leaving) ? null : reasonFor(unit.name);
    return because === null ? verdict : addStart(unit.name, because, verdict);
  });
  const known = new Set([...decided.map(([{ name }]) => name), ...stopped.map(({ unit }) => unit)]);
  const foreign = [...new Set([...down.keys(), ...input.applied.runningBefore])]
    .filter((name) => !known.has(name) && !isLeaving(name, leaving) && isStartable(name, input))
    .flatMap((name): readonly Verdict[] => {
      const because = reasonFor(name);
      return because === null ? [] : [job("start", { name }, because)];
    });
  return [...own, ...foreign];
}

/** Why a unit has to be started; null when it stays up, or is down for another reason. */
function explainStart(name: string, input: RestoreInput, down: ReadonlyMap<string, string>): string | null {
  const { applied, desired, observed, ties, expected } = input;
  const found = observed.get(name);
  const tie = down.get(name);
  if (isUp(found)) return tie === undefined ? null : `it had ${tie}, which is stopped`;
  if (!applied.runningBefore.includes(name) || found?.downBecause === "ended") return null;
  // A unit that failed after a start of this attempt is judged by the health check. It can also fail while it is
  // stopped.
  const hasFailed = found?.activeState === "failed" && hasStarted(applied.actions, found);
  if (hasFailed && isForward(input)) return null;
  const isIdle =
    applied.retired.includes(name) || isStartedOnDemand(name, { desired: desired.units, observed });
  if (!expected.has(name) && isIdle && isForward(input)) return null;
  // A unit that conflicts with it (Conflicts=) runs now, and a start of this one would end that unit.
  const isReplaced = (ties.conflicts.get(name) ?? []).some(({ unit }) => isUp(observed.get(unit)));
  return isReplaced ? null : "it ran before, and went down with what this sync changed";
}

function isLeaving(name: string, leaving: ReadonlySet<string>): boolean {
  return leaving.has(name) || leaving.has(parseInstance(name)?.template ?? "");
}

/**
 * False when the plan goes back to the applied revision. A return restores what ran before: then a service starts again
 * although its socket would start it on demand.
 */
function isForward({ applied, desired }: RestoreInput): boolean {
  return applied.revision?.commit !== desired.revision.commit;
}

/** Whether systemd could start a unit that git does not define. */
function isStartable(name: string, { observed }: RestoreInput): boolean {
  return observed.get(name)?.loadState === "loaded";
}

function addStart(unit: string, because: string, verdict: Verdict): Verdict {
  const begins = verdict.jobs.some((step) => step.unit === unit && ["restart", "start"].includes(step.kind));
  if (begins) return { ...verdict, jobs: verdict.jobs.flatMap((step) => beginAnew(step, unit)) };
  const { explanation } = verdict;
  return { ...job("start", { name: unit }, because), ...(explanation === undefined ? {} : { explanation }) };
}

/**
 * A unit that stops and starts again runs the new definition. A reload is dropped: systemd refuses it while the unit is down.
 */
function beginAnew(step: UnitStep, unit: string): readonly UnitStep[] {
  if (step.unit !== unit) return [step];
  if (step.kind === "reload") return [];
  return step.kind === "start" ? [{ kind: "start", unit, because: step.because }] : [step];
}

const startVerbs: ReadonlySet<string> = new Set(["start", "restart"]);
const startActions: ReadonlySet<string> = new Set([
  "started",
  "restarted",
  "failed to start",
  "failed to restart",
]);

/** Whether the attempt has started the unit, so that its present state is the result of that start. */
function hasStarted({ asked, done }: ActionLog, { name, startedAtUs }: ObservedUnit): boolean {
  const isSince = asked.some(
    (job) => job.unit === name && startVerbs.has(job.verb) && job.startedAtUs !== startedAtUs,
  );
  return isSince || done.some(({ unit, action }) => unit === name && startActions.has(action));
}
