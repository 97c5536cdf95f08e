/**
 * Carries out a plan, looks at the host again, and carries out what is left, until nothing is left. This is needed because
 * systemd stops and starts more units than it is asked for, and people and timers start units meanwhile. Must not judge the
 * health of a unit.
 */
import { withoutDone } from "../core/drift/corrections.ts";
import type { Plan, Step } from "../core/model/plan.ts";
import { type ApplyInput, type ApplyPorts, type ApplyResult, applyPlan } from "./apply.ts";
import { type Prepared, type PreparePorts, type PrepareSettings, planAgain } from "./prepare.ts";
import type { Failures } from "./run-checks.ts";

/** The limit for units that undo each other, which would never come to an end. */
const maxPasses = 5;

/** What all passes have done. `failures` also has the units for which the last plan still had steps. */
export interface Converged extends ApplyResult {
  /** The last look at the host, with the plan of what is still left to do: usually nothing. */
  readonly prepared: Prepared;
  /** The steps of all passes. */
  readonly plan: Plan;
}

export interface Way extends Pick<ApplyInput, "endsAtHook"> {
  readonly before?: Converged;
}

/**
 * Applies `prepared` and what a new look at the host leaves to do, in at most five passes.
 * @param way `before`: what the same attempt has done already; absent at its first call
 * @throws AgentError as `applyPlan` and `planAgain` do
 */
export async function converge(
  ports: PreparePorts & ApplyPorts,
  settings: PrepareSettings,
  prepared: Prepared,
  { before, endsAtHook }: Way,
): Promise<Converged> {
  let next = prepared;
  let done = before ?? begin(prepared);
  for (let pass = 1; pass <= maxPasses; pass += 1) {
    done = await applyOnce(ports, next, done, endsAtHook);
    if (done.isOver) return done;
    if (next.plan.steps.length === 0) break;
    next = await lookAgain(ports, settings, done);
    done = { ...done, prepared: next, inventory: next.applied };
    if (next.plan.steps.length === 0) break;
  }
  return { ...done, failures: new Map([...explainRest(next.plan, done), ...done.failures]) };
}

/** Applies also a plan without steps: it may still change what the inventory expects to run, for instance. */
async function applyOnce(
  ports: ApplyPorts,
  next: Prepared,
  done: Converged,
  endsAtHook: boolean,
): Promise<Converged> {
  for (const { unit, because } of next.plan.alongside) {
    ports.events.emit({ type: "unit.takenAlong", unit, because });
  }
  const { units, files } = next.observed;
  const result = await applyPlan(ports, { ...next, observed: units, observedFiles: files, endsAtHook });
  await ports.state.saveInventory(result.inventory);
  return {
    prepared: next,
    inventory: result.inventory,
    plan: joinPlans(done.plan, next.plan),
    failures: new Map([...done.failures, ...result.failures]),
    canceled: result.canceled,
    unfinished: [...new Set([...done.unfinished, ...result.unfinished])],
    unmet: [...new Set([...done.unmet, ...result.unmet])],
    interrupted: done.interrupted + result.interrupted,
    isOver: result.isOver,
    hooksBeganUs: done.hooksBeganUs || result.hooksBeganUs,
  };
}

/**
 * Looks at the host again and plans what is left to do after what the attempt has done.
 * @throws AgentError `systemd-unreachable`
 */
export async function lookAgain(
  ports: PreparePorts,
  settings: PrepareSettings,
  done: Converged,
): Promise<Prepared> {
  const { corrections = null } = settings;
  ports.meter.enter("again");
  const rest = corrections === null ? settings : { ...settings, corrections: withoutDone(corrections) };
  const again = await planAgain(ports, rest, done.prepared, done.inventory);
  return { ...again, plan: dropRepeated(again.plan, done) };
}

function begin(prepared: Prepared): Converged {
  const plan = { ...prepared.plan, steps: [], alongside: [] };
  const none: Failures = new Map();
  const nothing = {
    failures: none,
    canceled: none,
    unfinished: [],
    unmet: [],
    interrupted: 0,
    isOver: false,
    hooksBeganUs: 0,
  };
  return { ...nothing, prepared, inventory: prepared.applied, plan };
}

function joinPlans(before: Plan, next: Plan): Plan {
  return {
    ...before,
    steps: [...before.steps, ...next.steps],
    alongside: [...before.alongside, ...next.alongside],
  };
}

/**
 * A job that was done once is not asked for again, and nothing more is done to a unit whose job failed: whether a unit works is
 * for the settling to judge. Only what has to stay down is stopped as often as there are passes, and a job that another one took
 * the place of is tried as often.
 */
function dropRepeated(plan: Plan, { plan: { steps }, failures, canceled }: Converged): Plan {
  const done = new Set(steps.filter((step) => !canceled.has(unitOf(step) ?? "")).map(describeJob));
  const isNew = (step: Step) => {
    const job = describeJob(step);
    return !failures.has(unitOf(step) ?? "") && (job === null || !done.has(job));
  };
  return { ...plan, steps: plan.steps.filter(isNew) };
}

const onceKinds: ReadonlySet<string> = new Set([
  "run",
  "start",
  "restart",
  "reload",
  "refresh-cgroup",
  "reset-failed",
]);

function describeJob(step: Step): string | null {
  return onceKinds.has(step.kind) && "unit" in step ? `${step.kind} ${step.unit}` : null;
}

function unitOf(step: Step): string | null {
  return "unit" in step ? step.unit : null;
}

function explainRest({ steps }: Plan, { canceled }: Converged): Failures {
  return new Map(
    steps.flatMap((step) => {
      const unit = unitOf(step);
      if (unit === null) return [];
      const rest = step.kind === "stop" ? "comes back each time it is stopped" : `still needs a ${step.kind}`;
      return [[unit, canceled.get(unit) ?? `${unit} ${rest} (${step.because})`]];
    }),
  );
}
