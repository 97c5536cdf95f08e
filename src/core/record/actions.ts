/**
 * Records what attempts do to units, such that a kill at any point loses nothing. Jobs are noted before they are queued,
 * and their results after that. If the result was not noted, the state of the unit shows it. Must not compare times of this
 * host's clock, which may be set. Pure.
 */
import type { ActionLog, AskedAction, UnitAction } from "../model/actions.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ObservedUnit } from "../model/observed.ts";
import type { JobVerb, Plan, Spared } from "../model/plan.ts";
import type { LastAction } from "../model/sync-record.ts";
import type { JobResult } from "../ports/systemd.ts";
import { isUp } from "../units/activity.ts";

/** More than any attempt needs. The log grows over several attempts only while the history cannot be written. */
const maxActions = 5_000;

const pastOf = { start: "started", stop: "stopped", restart: "restarted", reload: "reloaded" } as const;

type Units = ReadonlyMap<string, ObservedUnit>;

/**
 * The log before the jobs of a plan are queued, with these jobs. Jobs that a killed attempt had noted are settled first, by
 * the present state of their units.
 * @param observed the units as the plan saw them
 * @param at ISO 8601
 */
export function askActions(log: ActionLog, plan: Plan, observed: Units, at: string): ActionLog {
  return { ...settleAsked(log, observed, at), asked: listAsked(plan, observed) };
}

function listAsked(plan: Plan, observed: Units): readonly AskedAction[] {
  const ask = (unit: string, verb: JobVerb, because: string): AskedAction => ({
    unit,
    verb,
    because,
    startedAtUs: observed.get(unit)?.startedAtUs ?? 0,
  });
  const jobs = plan.steps.flatMap((step) =>
    step.kind === "start" || step.kind === "stop" || step.kind === "restart" || step.kind === "reload"
      ? [ask(step.unit, step.kind, step.because)]
      : [],
  );
  return [...jobs, ...plan.alongside.map(({ unit, action, because }) => ask(unit, action, because))];
}

const openResults: ReadonlySet<string> = new Set(["unknown", "aborted", "canceled"]);

/** After jobs have ended. @param at ISO 8601 */
export function recordEnds(log: ActionLog, ended: readonly JobResult[], at: string): ActionLog {
  const over = new Set<AskedAction>();
  const done = ended.flatMap((job): UnitAction[] => {
    const asked = log.asked.find(({ unit, verb }) => unit === job.unit && verb === job.verb);
    // How it ended is not known: the unit tells.
    if (asked === undefined || openResults.has(job.result)) return [];
    over.add(asked);
    const what = describeEnd(job, asked.because);
    return what === null ? [] : [{ unit: job.unit, ...what, at }];
  });
  return append({ ...log, asked: log.asked.filter((asked) => !over.has(asked)) }, done);
}

function describeEnd(
  { verb, result, message = "" }: JobResult,
  because: string,
): Pick<UnitAction, "action" | "because"> | null {
  if (result === "refused" || result === "untouched") return null;
  if (result === "done" || result === "skipped") return { action: pastOf[verb], because };
  if (result === "unmet") return { action: "not started", because: message };
  if (result === "unfinished") return { action: `${verb}ing`, because: `${because}; ${message}` };
  return { action: `failed to ${verb}`, because };
}

/**
 * Settles the jobs without a noted result, by the present state of their units: a unit that is down was stopped, and a unit
 * that has begun to start since then was started. A reload leaves no trace, so it counts as not done. What was not done is
 * planned again.
 * @param at ISO 8601
 */
export function settleAsked(log: ActionLog, observed: Units, at: string): ActionLog {
  const isDone = ({ unit, verb, startedAtUs }: AskedAction) => {
    const found = observed.get(unit);
    if (found === undefined || verb === "reload") return false;
    if (verb === "stop") return !isUp(found);
    return found.startedAtUs !== 0 && found.startedAtUs !== startedAtUs;
  };
  const done = log.asked
    .filter(isDone)
    .map(({ unit, verb, because }) => ({ unit, action: pastOf[verb], because, at }));
  return append({ ...log, asked: [] }, done);
}

/** Adds actions that were found out later, by watching units. */
export function addActions(log: ActionLog, actions: readonly UnitAction[]): ActionLog {
  return append(log, actions);
}

function append(log: ActionLog, actions: readonly UnitAction[]): ActionLog {
  const done = [...log.done, ...actions];
  const dropped = Math.max(0, done.length - maxActions);
  return { ...log, first: log.first + dropped, done: done.slice(dropped) };
}

/**
 * Adds that units were not interrupted, although they changed: that answers later why one was not restarted.
 * @param at ISO 8601
 */
export function recordSpared(log: ActionLog, spared: readonly Spared[], at: string): ActionLog {
  const actions = spared.map(({ unit, because, pending }) => {
    return { unit, action: pending ? "pending" : "uninterrupted", because, at };
  });
  return append(log, actions);
}

/** What was not done to a unit is no action on it. */
const sparedWords: ReadonlySet<string> = new Set(["pending", "uninterrupted"]);

/** Whether something was done to the unit: it was not, when the action only says that it was not interrupted. */
export function isDone({ action }: Pick<UnitAction, "action">): boolean {
  return !sparedWords.has(action);
}

/** The number that the next action gets. */
export function countActions({ first, done }: ActionLog): number {
  return first + done.length;
}

/** The log without its actions, when the history has all of them. */
export function forgetDone(log: ActionLog): ActionLog {
  return { ...log, first: countActions(log), done: [] };
}

/**
 * The last action on each unit that is still in the inventory.
 * @param before the last actions so far
 */
export function mergeLastActions(
  before: Readonly<Record<string, LastAction>>,
  { actions, units }: Inventory,
): Readonly<Record<string, LastAction>> {
  const known = Object.entries(before).filter(([unit]) => units[unit] !== undefined);
  const now = actions.done
    .filter(isDone)
    .map(({ unit, action, because, at }) => [unit, { action, because, at }] as const);
  return Object.fromEntries([...known, ...now]);
}
