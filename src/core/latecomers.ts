/**
 * Units that did not run when the plan was made, and that somebody (a person, a timer, a socket) starts before systemd has
 * loaded the new files: they run the old definition, and the plan does not interrupt them. Pure.
 */
import { isUp } from "./interruption.ts";
import type { JobVerb, Plan, Step } from "./plan-types.ts";
import type { AppliedUnit, Desired, Inventory, ObservedUnit } from "./state.ts";

/** A step that acts on a unit. */
type UnitStep = Extract<Step, { readonly unit: string; readonly because: string; readonly kind: JobKind }>;

type JobKind = JobVerb | "refresh-cgroup";

const jobKinds: ReadonlySet<string> = new Set<JobKind>([
  "stop",
  "start",
  "restart",
  "reload",
  "refresh-cgroup",
]);

function isUnitStep(step: Step): step is UnitStep {
  return jobKinds.has(step.kind);
}

/**
 * Names of the units, templates among them, that have to be looked at again after the daemon-reload: they did not run, and
 * the plan changes or removes what they would start with.
 * @param applied the inventory that the plan was made with
 * @param written what `recordWritten` made of it
 * @param planned the units as the plan saw them
 */
export function listBystanders(
  applied: Inventory,
  written: Inventory,
  planned: ReadonlyMap<string, ObservedUnit>,
): readonly string[] {
  const changed = Object.entries(written.units)
    .filter(([, { startedWith, pending }]) => startedWith !== "same" && pending === null)
    .map(([name]) => name);
  const removed = Object.keys(applied.units).filter((name) => written.units[name] === undefined);
  return [...changed, ...removed].filter((name) => !isUp(planned.get(name)));
}

/**
 * Those that run now, but did not when the plan was made, and began to before systemd had loaded the new files.
 * @param loadedAtUs microseconds since the epoch
 */
export function findLatecomers(
  planned: ReadonlyMap<string, ObservedUnit>,
  now: ReadonlyMap<string, ObservedUnit>,
  loadedAtUs: number,
): ReadonlyMap<string, ObservedUnit> {
  const isLate = (name: string, found: ObservedUnit) =>
    isUp(found) && !isUp(planned.get(name)) && found.startedAtUs <= loadedAtUs;
  return new Map([...now].filter(([name, found]) => isLate(name, found)));
}

/**
 * The plan with the steps that it would have had if the latecomers had run when it was made.
 * @param replanned made with them running
 */
export function addLateSteps(plan: Plan, replanned: Plan): Plan {
  const known = new Set(plan.steps.filter(isUnitStep).map(describeStep));
  const added = replanned.steps.filter(isUnitStep).filter((step) => !known.has(describeStep(step)));
  const restarted = new Set(added.flatMap((step) => (step.kind === "restart" ? [step.unit] : [])));
  // A start does nothing for a unit that runs.
  const kept = plan.steps.filter((step) => step.kind !== "start" || !restarted.has(step.unit));
  return added.length === 0 ? plan : { ...plan, steps: [...kept, ...added] };
}

function describeStep({ kind, unit }: UnitStep): string {
  return `${kind} ${unit}`;
}

/**
 * After the jobs: a bystander that the plan did nothing about runs, or will start with, what is recorded; and what the
 * repository does not extend any more is forgotten.
 * @param now the bystanders as they were after the daemon-reload
 */
export function recordBystanders(
  written: Inventory,
  bystanders: readonly string[],
  { plan, desired }: { readonly plan: Plan; readonly desired: Desired },
  now: ReadonlyMap<string, ObservedUnit>,
): Inventory {
  const handled = new Set(plan.steps.filter(isUnitStep).map(({ unit }) => unit));
  const units: Record<string, AppliedUnit> = { ...written.units };
  for (const name of bystanders) {
    const unit = units[name];
    if (unit === undefined) continue;
    if (!desired.units.has(name)) delete units[name];
    else if (!handled.has(name)) {
      units[name] = { ...unit, startedWith: "same", invocationId: now.get(name)?.invocationId ?? null };
    }
  }
  return { ...written, units };
}
