/**
 * The unit half of the plan: which running unit is interrupted by what, by class of change and type of unit
 * (docs/restarts.md). Pure.
 */
import { listWords } from "./definition.ts";
import { findExpectedUnits } from "./expected.ts";
import { isEdited } from "./host-edits.ts";
import {
  describe,
  explain,
  explainSparing,
  findRefresh,
  interrupt,
  isInterrupting,
  isUp,
  job,
  type RefreshStep,
  type Surroundings,
  spare,
  type UnitStep,
  type Verdict,
} from "./interruption.ts";
import { startTakenDown } from "./plan-restored.ts";
import { listLeaving, planResets, planSliceRefreshes, planStops } from "./plan-stops.ts";
import type { Explanation, Spared, Step } from "./plan-types.ts";
import { findRecord, findRunningDefinition, runsEdited } from "./running-definition.ts";
import type {
  AppliedUnit,
  Definition,
  Desired,
  DesiredUnit,
  Inventory,
  ObservedUnit,
  Ties,
} from "./state.ts";
import { diffDefinitions, emptyDefinition } from "./unit-diff.ts";
import { isTemplateName, parseInstance } from "./unit-name.ts";

export interface UnitPlan {
  /** Units that a fresh boot of the revision would have running. */
  readonly expected: ReadonlySet<string>;
  /** Units and templates that git took away, in this plan or earlier in the same attempt. */
  readonly leaving: readonly string[];
  /** Jobs under the old definition, before files change. */
  readonly stops: readonly UnitStep[];
  readonly refreshes: readonly RefreshStep[];
  /** Removed units that systemd still lists as failed. */
  readonly resets: readonly Extract<Step, { kind: "reset-failed" }>[];
  /** Jobs after the daemon-reload: services of changed sockets are stopped first, the rest is one batch. */
  readonly socketStops: readonly UnitStep[];
  readonly jobs: readonly UnitStep[];
  readonly spared: readonly Spared[];
  readonly explanations: readonly Explanation[];
}

export interface UnitPlanInput {
  readonly desired: Desired;
  readonly applied: Inventory;
  readonly observed: ReadonlyMap<string, ObservedUnit>;
  /** As loaded, and as the revision makes them. */
  readonly ties: Ties;
  readonly isProtected: (unit: string) => boolean;
  readonly prune: boolean;
  /** Units with a file that differs on the host from what git has, also after this plan. */
  readonly editedUnits: ReadonlySet<string>;
  /** Units all of whose files were found identical on the host: what runs is taken to run this definition. */
  readonly adoptedUnits: ReadonlySet<string>;
  /** Units (or templates) with a file that is written or adopted. */
  readonly rewrittenUnits: ReadonlySet<string>;
}

const nothing: Verdict = { jobs: [] };

export function planUnits(input: UnitPlanInput): UnitPlan {
  const leaving = listLeaving(input);
  const stops = planStops(input, leaving);
  const stopped = new Set(stops.map(({ unit }) => unit));
  const expected = findExpectedUnits(input.desired, input.observed, stopped);
  const subjects = listSubjects(input).filter((unit) => !stopped.has(unit.name));
  const verdicts = startTakenDown(
    input,
    stops,
    subjects.map((unit) => [unit, decideUnit(unit, input, expected)]),
    listUnwanted(input, leaving),
  );
  return {
    expected,
    leaving,
    stops,
    refreshes: [
      ...verdicts.flatMap((verdict) => verdict.refresh ?? []),
      ...planSliceRefreshes(input, leaving),
    ],
    resets: planResets(input),
    socketStops: verdicts.flatMap((verdict) => verdict.socketStops ?? []),
    jobs: dropRepeats(verdicts.flatMap((verdict) => verdict.jobs)),
    spared: verdicts.flatMap((verdict) => verdict.spared ?? []),
    explanations: verdicts.flatMap((verdict) => verdict.explanation ?? []),
  };
}

/** Units that nothing may start: git took them away, masks them, or wants them stopped. */
function listUnwanted({ desired }: UnitPlanInput, leaving: readonly string[]): ReadonlySet<string> {
  const unwanted = [...desired.units.values()].filter(({ masked, intent }) => masked || intent === "stopped");
  return new Set([...leaving, ...unwanted.map(({ name }) => name)]);
}

/** One job of a kind for a unit; an own restart says more than a start that its socket asked for. */
function dropRepeats(jobs: readonly UnitStep[]): readonly UnitStep[] {
  const restarted = new Set(jobs.filter(({ kind }) => kind === "restart").map(({ unit }) => unit));
  const seen = new Set<string>();
  return jobs.filter(({ kind, unit }) => {
    if (seen.has(`${kind} ${unit}`) || (kind !== "restart" && restarted.has(unit))) return false;
    seen.add(`${kind} ${unit}`);
    return true;
  });
}

/** Desired units, active instances nobody declared, and units we no longer extend. */
function listSubjects({ desired, applied, observed }: UnitPlanInput): readonly DesiredUnit[] {
  const subjects = [...desired.units.values()].filter((unit) => !unit.template && !unit.masked);
  for (const name of observed.keys()) {
    const template = desired.units.get(parseInstance(name)?.template ?? "");
    if (template === undefined || desired.units.has(name) || applied.units[name]?.declared) continue;
    subjects.push({ ...template, name, template: false, declared: false });
  }
  for (const [name, unit] of Object.entries(applied.units)) {
    if (!unit.owned && !unit.masked && !desired.units.has(name)) subjects.push(withoutExtension(name));
  }
  return subjects;
}

/** Stands for a unit of somebody else after our last drop-in for it went away. */
function withoutExtension(name: string): DesiredUnit {
  return {
    name,
    owned: false,
    declared: false,
    template: isTemplateName(name),
    quadlet: null,
    masked: false,
    definition: emptyDefinition,
    locations: {},
    origins: [],
    intent: "auto",
    onChange: "restart",
    drift: "report",
    health: { settleMs: 0, timeoutMs: 0 },
  };
}

function decideUnit(unit: DesiredUnit, input: UnitPlanInput, expected: ReadonlySet<string>): Verdict {
  if (unit.template) return nothing;
  const observed = input.observed.get(unit.name);
  const applied = findRecord(unit.name, input.applied, observed);
  const before = findRunningDefinition(applied, observed, input.applied.loadedAtUs);
  const surroundings = { observed: input.observed, isProtected: input.isProtected, expected };
  if (isUp(observed) && observed !== undefined) {
    const isEditGone = runsEdited(applied, observed) && !isEdited(unit.name, input.editedUnits);
    if (isEditGone)
      return interrupt(unit, "it runs an edit of its files that is gone", observed, surroundings);
    return decideRunning(unit, before, observed, input, surroundings);
  }
  if (!expected.has(unit.name)) return nothing;
  if (observed?.activeState === "failed") {
    const diff = diffDefinitions(before ?? emptyDefinition, unit.definition);
    return isInterrupting(diff) || diff.class === "live"
      ? job("start", unit, `it had failed, and ${describe(diff, unit)}`)
      : nothing;
  }
  return unit.owned ? startIfNew(unit, applied) : nothing;
}

/** A file that changed without changing what it says deserves a word, so that nobody wonders. */
function explainEqual(unit: DesiredUnit, { rewrittenUnits }: UnitPlanInput): Verdict {
  const names = [unit.name, parseInstance(unit.name)?.template ?? "", unit.quadlet ?? ""];
  if (!names.some((name) => rewrittenUnits.has(name))) return nothing;
  const because = "only comments, blank lines or the order of settings changed";
  return { jobs: [], spared: { unit: unit.name, class: "inert", because, pending: false } };
}

/** What was expected already and does not run was stopped by somebody: it is left so, and is drift. */
function startIfNew(unit: DesiredUnit, applied: AppliedUnit | undefined): Verdict {
  if (applied === undefined) return job("start", unit, `new in git (${unit.origins[0] ?? unit.name})`);
  if (applied.startedWith === "never") return job("start", unit, "a start is owed since it was written");
  if (applied.expected) return nothing;
  const because = applied.masked ? "it is no longer masked" : "it is now expected to run";
  return job("start", unit, because);
}

function decideRunning(
  unit: DesiredUnit,
  before: Definition | null,
  observed: ObservedUnit,
  input: UnitPlanInput,
  surroundings: Surroundings,
): Verdict {
  if (before === null && isFoundIdentical(unit.name, input)) return nothing;
  const known = before ?? (unit.owned ? null : emptyDefinition);
  if (known === null) {
    const because = `it runs with a definition that ${unit.origins[0] ?? "git"} now replaces`;
    return interrupt(unit, because, observed, surroundings);
  }
  const diff = diffDefinitions(known, unit.definition);
  if (diff.class === "none") return explainEqual(unit, input);
  const because = describe(diff, unit);
  const verdict = isInterrupting(diff)
    ? interrupt(unit, because, observed, surroundings, diff)
    : spare(unit, diff, `${because}: ${explainSparing(diff.class)}`);
  const isRestarted = verdict.jobs.some(({ kind, unit: name }) => kind === "restart" && name === unit.name);
  const refresh = isRestarted || verdict.spared?.pending === true ? undefined : findRefresh(diff, unit);
  return { ...verdict, ...(refresh === undefined ? {} : { refresh }), explanation: explain(diff, unit) };
}

/** Whether all that defines the unit, for an instance the template, stood on the host before: so it runs with that. */
function isFoundIdentical(name: string, { adoptedUnits, rewrittenUnits }: UnitPlanInput): boolean {
  const template = parseInstance(name)?.template ?? "";
  return adoptedUnits.has(name) || (adoptedUnits.has(template) && !rewrittenUnits.has(name));
}

/** Units whose services or triggers must be observed with them. */
export function listRelatedUnits(desired: Desired): readonly string[] {
  return [...desired.units.values()]
    .filter(({ name }) => name.endsWith(".socket"))
    .flatMap(({ name, definition }) => {
      const named = listWords(definition.settings, "Socket.Service");
      return named.length > 0 ? named : [name.replace(/\.socket$/, ".service")];
    });
}
