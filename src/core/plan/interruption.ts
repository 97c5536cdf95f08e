/**
 * Decides which job interrupts a changed running unit, by class of change and type of unit (docs/restarts.md). Pure.
 */

import type { Definition, DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import type { ExplainedDifference, Explanation, JobVerb, Spared, Step } from "../model/plan.ts";
import { isGoingDown, isPassing, isPreparation } from "../units/activity.ts";
import { isControlGroupKey } from "../units/change-class.ts";
import type { DefinitionDiff, Difference } from "../units/diff.ts";
import { typeOfUnit } from "../units/unit-name.ts";

export type RefreshStep = Extract<Step, { kind: "refresh-cgroup" }>;
export type UnitStep = Extract<Step, { kind: JobVerb }>;

export interface Verdict {
  /** Set when systemd has to apply changed settings to the running unit's control group. */
  readonly refresh?: RefreshStep;
  readonly explanation?: Explanation;
  /**
   * Stops after the daemon-reload and before the jobs: services whose socket starts, and the old run of a new oneshot.
   */
  readonly lateStops?: readonly UnitStep[];
  readonly jobs: readonly UnitStep[];
  readonly spared?: Spared;
}

/** What the decision needs besides the unit itself. */
export interface Surroundings {
  readonly desired: ReadonlyMap<string, DesiredUnit>;
  readonly observed: ReadonlyMap<string, ObservedUnit>;
  readonly isProtected: (unit: string) => boolean;
  readonly expected: ReadonlySet<string>;
}

export function isInterrupting(diff: DefinitionDiff): boolean {
  return diff.class === "restart" || diff.class === "reload" || diff.class === "dependency";
}

export function explainSparing(changeClass: string): string {
  if (changeClass === "inert") return "nothing that runs depends on it";
  if (changeClass === "enablement") return "only what starts it at boot changed";
  return "systemd takes it from the daemon-reload, the process keeps running";
}

/**
 * The rules by type of unit for a change that, for a plain service, would be a restart, a reload or a start job.
 * @param before what the unit runs with, null when that is not known
 */
export function interrupt(
  unit: DesiredUnit,
  because: string,
  { observed, before }: { readonly observed: ObservedUnit; readonly before: Definition | null },
  surroundings: Surroundings,
  diff?: DefinitionDiff,
): Verdict {
  const type = typeOfUnit(unit.name);
  const changeClass = diff?.class ?? "restart";
  const leave = (why: string, pending = false) => spare(unit, diff, `${because}: ${why}`, pending);
  if (surroundings.isProtected(unit.name))
    return leave("it is protected, so its restart is left to you", true);
  if (type === "timer") return leave("daemon-reload reschedules a timer");
  if (type === "slice" || type === "scope") return leave("daemon-reload applies it to the cgroup");
  const isLeftOver = isPassing(unit) && isLasting(unit, observed, before);
  if (isPassing(unit) && !isLeftOver) return leave("a oneshot takes it at its next run");
  if (!unit.owned && observed.activeState === "activating")
    return leave("it is just starting, with what is loaded", true);
  if (changeClass === "dependency") return pullIn(unit, because);
  if (type === "target") {
    const named = diff?.differences.some(({ subject }) => subject.startsWith("/"));
    return named ? job("restart", unit, because) : leave("a target has nothing of its own to restart");
  }
  if (unit.onChange === "none") return leave("on-change: none leaves the restart to you", true);
  if (!unit.isOnChangeSet && isPreparation(unit) && observed.activeState === "active") {
    return leave("it has done its work under a condition, and on-change: restart would run it again");
  }
  if (isLeftOver) return endLastingRun(unit, because, surroundings);
  // systemd refuses to reload a unit that is not active. A unit that is starting still starts with the old definition.
  const isReloadable = !isGoingDown(observed) && observed.activeState !== "activating";
  if (isReloadable && (changeClass === "reload" || unit.onChange === "reload")) {
    const reload = job("reload", unit, because);
    const pullsIn = diff?.differences.some((difference) => difference.class === "dependency") === true;
    return pullsIn ? { jobs: [...pullIn(unit, because).jobs, ...reload.jobs] } : reload;
  }
  return job("restart", unit, because);
}

/** Whether the present run lasts until it is stopped. The run of a passing oneshot ends by itself. */
function isLasting({ name }: DesiredUnit, observed: ObservedUnit, before: Definition | null): boolean {
  return before === null ? observed.activeState === "active" : !isPassing({ name, definition: before });
}

/**
 * For a unit that has become a oneshot while its old run still runs, or counts as active: a timer cannot start it in
 * this state. It is restarted if it is expected, because a fresh boot would run the oneshot; otherwise it is stopped.
 */
function endLastingRun(unit: DesiredUnit, because: string, { expected }: Surroundings): Verdict {
  if (expected.has(unit.name)) return job("restart", unit, `${because}: it runs anew, as a oneshot`);
  const reason = `${because}: what it started before would stay, and no timer could start the oneshot`;
  // Stopped only after the daemon-reload: a timer that is waiting starts the unit as soon as it is down.
  return { jobs: [], lateStops: [{ kind: "stop", unit: unit.name, because: reason, isLate: true }] };
}

export function job(
  kind: "start" | "restart" | "reload",
  unit: Pick<DesiredUnit, "name">,
  because: string,
): Verdict {
  return { jobs: [{ kind, unit: unit.name, because }] };
}

/** A start of a unit that runs: systemd starts what it newly pulls in. */
function pullIn({ name }: DesiredUnit, because: string): Verdict {
  const why = `${because}, to pull in what was added`;
  return { jobs: [{ kind: "start", unit: name, because: why, runsOn: true }] };
}

export function spare(
  unit: DesiredUnit,
  diff: DefinitionDiff | undefined,
  because: string,
  pending = false,
): Verdict {
  return { jobs: [], spared: { unit: unit.name, class: diff?.class ?? "restart", because, pending } };
}

/**
 * The refresh for control group settings that differ. Only a restart or a start makes the control group anew by itself.
 */
export function findRefresh(diff: DefinitionDiff, unit: DesiredUnit): RefreshStep | undefined {
  const changed = diff.differences.filter(({ subject }) => isControlGroupKey(subject));
  if (changed.length === 0) return undefined;
  const because = describe({ ...diff, differences: changed, class: changed[0]?.class ?? "live" }, unit);
  return { kind: "refresh-cgroup", unit: unit.name, because };
}

/** Every difference with its class and its place, the strongest first. */
export function explain(diff: DefinitionDiff, unit: DesiredUnit): Explanation {
  const differences = diff.differences.map(
    (difference): ExplainedDifference => ({
      text: difference.text,
      class: difference.class,
      where: locate(difference, unit),
    }),
  );
  return { unit: unit.name, differences };
}

/** `Environment= changed (units/web.service:7), credential db-password changed`, strongest first, at most three. */
export function describe(diff: DefinitionDiff, unit: DesiredUnit): string {
  const strongest = diff.differences.filter((difference) => difference.class === diff.class);
  const texts = strongest.slice(0, 3).map((difference) => {
    const location = locate(difference, unit);
    return location === null ? difference.text : `${difference.text} (${location})`;
  });
  const more = strongest.length - texts.length;
  return more > 0 ? `${texts.join(", ")} and ${more} more` : texts.join(", ");
}

/** The line of the new value. When values were only removed or moved, the line of the last value that is left. */
function locate({ subject, newValue }: Difference, unit: DesiredUnit): string | null {
  return unit.locations[subject]?.at(newValue ?? -1) ?? null;
}
