/**
 * The unit half of the plan: the jobs of each unit, by class of change and type of unit (docs/restarts.md). Pure.
 */
import { findExpectedUnits } from "../desired/expected.ts";
import { isEdited } from "../drift/host-edits.ts";
import type { Definition, DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import type { Spared } from "../model/plan.ts";
import { isUp } from "../units/activity.ts";
import { emptyDefinition } from "../units/diff.ts";
import { isTemplateName, parseInstance } from "../units/unit-name.ts";
import { explainReplaced, favourExpected } from "./conflicts.ts";
import { correctUnit, planCorrectiveStops } from "./correct-unit.ts";
import { foundFor } from "./found-definitions.ts";
import {
  describe,
  explain,
  explainSparing,
  findRefresh,
  interrupt,
  isInterrupting,
  type Surroundings,
  spare,
  type UnitStep,
  type Verdict,
} from "./interruption.ts";
import { compareInForce } from "./overrides.ts";
import { startTakenDown } from "./restart-taken-down.ts";
import { findOwn, findRecord, findRunningDefinition, runsEdited } from "./running-definition.ts";
import { findBereft, makeWay, settleBereft, stopBereft } from "./sockets.ts";
import { decideStart, type Run } from "./start-decision.ts";
import { listLeaving, planResets, planSliceRefreshes, planStops } from "./stops.ts";
import type { UnitPlan, UnitPlanInput } from "./unit-plan.ts";

const nothing: Verdict = { jobs: [] };

export function planUnits(input: UnitPlanInput): UnitPlan {
  const { desired, observed, isProtected, corrections } = input;
  const leaving = corrections === null ? listLeaving(input) : [];
  const goodbyes = corrections === null ? planStops(input, leaving) : planCorrectiveStops(input, corrections);
  const bereft = findBereft(goodbyes, input.applied, { desired: desired.units, observed, isProtected });
  const stops = [...goodbyes, ...stopBereft(bereft)];
  const gone = new Set(goodbyes.map(({ unit }) => unit));
  const { expected, replaced } = findExpectedUnits(desired, observed, gone);
  const surroundings = { observed, isProtected, expected, desired: desired.units };
  const subjects = listSubjects(input).filter((unit) => !gone.has(unit.name));
  const decided = subjects.map((unit) => {
    const verdict =
      corrections === null
        ? decideUnit(unit, input, surroundings)
        : correctUnit(unit, input, { corrections, surroundings }, () =>
            decideUnit(unit, input, surroundings),
          );
    return [unit, settleBereft(unit, bereft, verdict, expected)] as const;
  });
  const verdicts = startTakenDown({ ...input, expected }, stops, decided, listUnwanted(input, leaving));
  const stopped = new Set(stops.map(({ unit }) => unit));
  const planned = {
    lateStops: dropRepeats(verdicts.flatMap(({ lateStops = [] }) => lateStops)),
    jobs: dropRepeats(verdicts.flatMap((verdict) => verdict.jobs)),
    spared: [...verdicts.flatMap((verdict) => verdict.spared ?? []), ...explainReplaced(replaced, input)],
  };
  const units = new Map(subjects.map((unit) => [unit.name, unit]));
  const { jobs, spared, lateStops } = favourExpected(planned, units, surroundings);
  return {
    jobs,
    spared,
    lateStops: lateStops.filter(({ unit }) => !stopped.has(unit)),
    expected,
    leaving,
    stops,
    refreshes: [
      ...verdicts.flatMap((verdict) => verdict.refresh ?? []),
      ...planSliceRefreshes(input, leaving),
    ],
    resets: corrections === null ? planResets(input) : [],
    explanations: verdicts.flatMap((verdict) => verdict.explanation ?? []),
  };
}

/** Units that no job may start: git removed them, masks them, or wants them stopped. */
function listUnwanted({ desired }: UnitPlanInput, leaving: readonly string[]): ReadonlySet<string> {
  const unwanted = [...desired.units.values()].filter(({ masked, intent }) => masked || intent === "stopped");
  return new Set([...leaving, ...unwanted.map(({ name }) => name)]);
}

/**
 * Keeps one job of a kind for each unit. A unit that is restarted needs no other job, for instance a start for its
 * socket.
 */
function dropRepeats(jobs: readonly UnitStep[]): readonly UnitStep[] {
  const restarted = new Set(jobs.filter(({ kind }) => kind === "restart").map(({ unit }) => unit));
  const seen = new Set<string>();
  return jobs.filter(({ kind, unit }) => {
    if (seen.has(`${kind} ${unit}`) || (kind !== "restart" && restarted.has(unit))) return false;
    seen.add(`${kind} ${unit}`);
    return true;
  });
}

/**
 * Units to decide about: desired units, instances that nobody declared, and foreign units that git no longer extends.
 */
function listSubjects({ desired, applied, observed }: UnitPlanInput): readonly DesiredUnit[] {
  const subjects = [...desired.units.values()].filter((unit) => !unit.template && !unit.masked);
  for (const name of observed.keys()) {
    const template = desired.units.get(parseInstance(name)?.template ?? "");
    if (template === undefined || desired.units.has(name) || applied.units[name]?.declared) continue;
    subjects.push({ ...template, name, template: false, declared: false });
  }
  for (const [name, unit] of Object.entries(applied.units)) {
    // An alias is left out: the unit behind it is in the list itself, and the alias may be about to be removed.
    const isAlias = desired.units.has(observed.get(name)?.name ?? "");
    const isExtended = desired.units.has(name) || desired.units.has(parseInstance(name)?.template ?? "");
    if (!unit.owned && !unit.masked && !isExtended && !isAlias) subjects.push(withoutExtension(name));
  }
  return subjects;
}

/** Stands for a foreign unit after our last drop-in for it was removed. */
function withoutExtension(name: string): DesiredUnit {
  return {
    name,
    owned: false,
    declared: false,
    pulledIn: false,
    enabled: true,
    wantedBy: [],
    template: isTemplateName(name),
    quadlet: null,
    masked: false,
    definition: emptyDefinition,
    locations: {},
    origins: [],
    intent: "auto",
    onChange: "restart",
    isOnChangeSet: false,
    health: { settleMs: 0, timeoutMs: 0 },
  };
}

function decideUnit(unit: DesiredUnit, input: UnitPlanInput, surroundings: Surroundings): Verdict {
  if (unit.template) return nothing;
  const observed = findOwn(unit.name, input.applied, input.observed);
  const applied = findRecord(unit.name, input.applied, observed);
  const before = findRunningDefinition(applied, observed, input.applied.loadedAtUs);
  if (isUp(observed) && observed !== undefined) {
    const isEditGone = runsEdited(applied, observed) && !isEdited(unit.name, input.editedUnits);
    const verdict = isEditGone
      ? interrupt(
          unit,
          "it was started with an edit of its files on this host, and now they are as in git",
          { observed, before },
          surroundings,
        )
      : decideRunning(unit, { record: applied, before, observed }, input, surroundings);
    return makeWay(unit, verdict, surroundings);
  }
  if (!surroundings.expected.has(unit.name)) return nothing;
  const isFound =
    foundFor(unit.name, input.foundDefinitions) !== undefined || isFoundIdentical(unit.name, input);
  const start = { record: applied, before, observed, isFound };
  const compare = (known: Definition) => compareInForce(unit, known, applied, input).diff;
  return makeWay(unit, decideStart(unit, start, compare), surroundings);
}

/** Reports a unit whose file changed but not its meaning, so that it is clear why nothing happens. */
function explainEqual(unit: DesiredUnit, { rewrittenUnits }: UnitPlanInput): Verdict {
  const names = [unit.name, parseInstance(unit.name)?.template ?? "", unit.quadlet ?? ""];
  if (!names.some((name) => rewrittenUnits.has(name))) return nothing;
  const because = "only comments, blank lines or the order of settings changed";
  return { jobs: [], spared: { unit: unit.name, class: "inert", because, pending: false } };
}

function decideRunning(
  unit: DesiredUnit,
  { record, before, observed }: Omit<Run, "isFound"> & { readonly observed: ObservedUnit },
  input: UnitPlanInput,
  surroundings: Surroundings,
): Verdict {
  if (before === null && isFoundIdentical(unit.name, input)) return nothing;
  const found = before === null ? foundFor(unit.name, input.foundDefinitions) : undefined;
  const known = before ?? found?.definition ?? (unit.owned ? null : emptyDefinition);
  if (known === null) {
    const because = `it runs with a definition that ${unit.origins[0] ?? "git"} now replaces`;
    return interrupt(unit, because, { observed, before }, surroundings);
  }
  const { diff, hidden } = compareInForce(unit, known, record, input);
  const startedWith = hidden?.startedWith ?? (found === undefined ? undefined : "same");
  if (diff.class === "none") {
    if (hidden !== null) return { jobs: [], spared: hidden };
    if (found === undefined) return explainEqual(unit, input);
    return noteStartedWith(
      spare(unit, diff, `it runs this definition already, from ${found.path}`),
      startedWith,
    );
  }
  const because = describe(diff, unit);
  const verdict = isInterrupting(diff)
    ? interrupt(unit, because, { observed, before: known }, surroundings, diff)
    : spare(unit, diff, `${because}: ${explainSparing(diff.class)}`);
  const isRestarted = verdict.jobs.some(({ kind, unit: name }) => kind === "restart" && name === unit.name);
  const refresh = isRestarted || verdict.spared?.pending === true ? undefined : findRefresh(diff, unit);
  return {
    ...noteStartedWith(verdict, startedWith),
    ...(refresh === undefined ? {} : { refresh }),
    explanation: explain(diff, unit),
  };
}

/** What is left to people stays owed. */
function noteStartedWith(verdict: Verdict, startedWith: Spared["startedWith"]): Verdict {
  const { spared } = verdict;
  if (spared === undefined || spared.pending || startedWith === undefined) return verdict;
  return { ...verdict, spared: { ...spared, startedWith } };
}

/**
 * Whether all files of the unit (for an instance: of its template) were already on the host, so that it runs with them.
 */
function isFoundIdentical(name: string, { adoptedUnits, rewrittenUnits }: UnitPlanInput): boolean {
  const template = parseInstance(name)?.template ?? "";
  return adoptedUnits.has(name) || (adoptedUnits.has(template) && !rewrittenUnits.has(name));
}
