/**
 * What a changed running unit is interrupted by, per class of change and type of unit (docs/restarts.md). Pure.
 */

import type { Definition, DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import type { ExplainedDifference, Explanation, JobVerb, Spared, Step } from "../model/plan.ts";
import { isGoingDown, isPassing } from "../units/activity.ts";
import { isControlGroupKey } from "../units/change-class.ts";
import type { DefinitionDiff, Difference } from "../units/diff.ts";
import { typeOfUnit } from "../units/unit-name.ts";

export type RefreshStep = Extract<Step, { kind: "refresh-cgroup" }>;
export type UnitStep = Extract<Step, { kind: JobVerb }>;

export interface Verdict {
  /** Set when the running unit's control group has to take changed settings. */
  readonly refresh?: RefreshStep;
  readonly explanation?: Explanation;
  /** After the daemon-reload, before the jobs: of services whose sockets need it, and of old runs of new oneshots. */
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
  if (changeClass === "dependency") return job("start", unit, `${because}, to pull in what was added`);
  if (type === "target") {
    const named = diff?.differences.some(({ subject }) => subject.startsWith("/"));
    return named ? job("restart", unit, because) : leave("a target has nothing of its own to restart");
  }
  if (unit.onChange === "none") return leave("on-change: none leaves the restart to you", true);
  if (isLeftOver) return endLastingRun(unit, because, surroundings);
  // systemd refuses to reload what is not active, and a unit that is starting does so with what was loaded before.
  const isReloadable = !isGoingDown(observed) && observed.activeState !== "activating";
  if (isReloadable && (changeClass === "reload" || unit.onChange === "reload")) {
    const reload = job("reload", unit, because);
    const pullsIn = diff?.differences.some((difference) => difference.class === "dependency") === true;
    return pullsIn
      ? { jobs: [...job("start", unit, `${because}, to pull in what was added`).jobs, ...reload.jobs] }
      : reload;
  }
  return job("restart", unit, because);
}

/** Whether what runs stays until it is stopped, as the run of a passing oneshot never does. */
function isLasting({ name }: DesiredUnit, observed: ObservedUnit, before: Definition | null): boolean {
  return before === null ? observed.activeState === "active" : !isPassing({ name, definition: before });
}

/**
 * The unit has become a oneshot, and what it was before still runs, or counts as active: then no timer can start it. A fresh boot
 * would have run the oneshot if it is expected, and would have nothing otherwise.
 */
function endLastingRun(unit: DesiredUnit, because: string, { expected }: Surroundings): Verdict {
  if (expected.has(unit.name)) return job("restart", unit, `${because}: it runs anew, as a oneshot`);
  const reason = `${because}: what it started before would stay, and no timer could start the oneshot`;
  // Not before the new definition is loaded: a timer that had to wait starts the unit as soon as it is down.
  return { jobs: [], lateStops: [{ kind: "stop", unit: unit.name, because: reason, isLate: true }] };
}

export function job(
  kind: "start" | "restart" | "reload",
  unit: Pick<DesiredUnit, "name">,
  because: string,
): Verdict {
  return { jobs: [{ kind, unit: unit.name, because }] };
}

export function spare(
  unit: DesiredUnit,
  diff: DefinitionDiff | undefined,
  because: string,
  pending = false,
): Verdict {
  return { jobs: [], spared: { unit: unit.name, class: diff?.class ?? "restart", because, pending } };
}

/** A restart or a fresh start builds the control group anew; everything else leaves it as it was. */
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

/** The line of the value that is new; when values only went away or moved, of the last one that is left. */
function locate({ subject, newValue }: Difference, unit: DesiredUnit): string | null {
  return unit.locations[subject]?.at(newValue ?? -1) ?? null;
}
