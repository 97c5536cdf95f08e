/**
 * Plans the hooks of managed files: the commands, reloads and restarts that gitops.yaml names for a file whose content the plan
 * changes. What an earlier apply has left owed comes first. Pure.
 */

import { contentOf, isAppliedContent } from "../drift/applied-file.ts";
import type { Desired } from "../model/desired.ts";
import type { Hook, OwedHook } from "../model/hook.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ObservedUnit } from "../model/observed.ts";
import type { Spared, Step } from "../model/plan.ts";
import { isGoingDown, isPassing, isUp } from "../units/activity.ts";
import { hookUnitOf } from "../units/hook-unit.ts";
import { parseInstance } from "../units/unit-name.ts";
import { type FileStep, pathOf } from "./file-steps.ts";
import type { UnitStep } from "./interruption.ts";

export interface HookPlan {
  readonly runs: readonly Extract<Step, { kind: "run" }>[];
  readonly jobs: readonly UnitStep[];
  readonly spared: readonly Spared[];
  readonly owed: readonly OwedHook[];
}

export interface HookInput {
  readonly desired: Desired;
  readonly applied: Inventory;
  readonly observed: ReadonlyMap<string, ObservedUnit>;
  readonly expected: ReadonlySet<string>;
  readonly isProtected: (unit: string) => boolean;
  readonly steps: readonly FileStep[];
  /** True when the plan only puts back what has drifted: then nothing else that is owed is done. */
  readonly isCorrection: boolean;
}

const namedAtMost = 3;

export function planHooks(input: HookInput): HookPlan {
  const changed = joinEqual(input.steps.flatMap((step) => listHooksOf(step, input)));
  const before = input.applied.owedHooks.filter(
    ({ hook }) => !changed.some((one) => isSameHook(one.hook, hook)),
  );
  const due = input.isCorrection ? changed : [...before, ...changed];
  const runs = due.flatMap(({ hook, because }) =>
    hook.verb === "run" ? [planRun(hook.command, because)] : [],
  );
  const found = due.flatMap((owed) => planJobs(owed, input));
  const jobs = found.flatMap(({ step }) => step ?? []);
  return {
    runs,
    jobs: dropRepeats(jobs),
    spared: found.flatMap(({ spared }) => spared ?? []),
    owed: [
      ...(input.isCorrection ? before : []),
      ...runs.map(({ command, because }) => ({ hook: { verb: "run" as const, command }, because })),
      ...found.flatMap(({ verb, step }) =>
        step === undefined ? [] : [{ hook: { verb, unit: step.unit }, because: step.because }],
      ),
    ],
  };
}

function planRun(command: readonly string[], because: string): HookPlan["runs"][number] {
  return { kind: "run", unit: hookUnitOf(command), command, because };
}

/** One job for each unit: a restart, if one is asked for. */
function dropRepeats(jobs: readonly UnitStep[]): readonly UnitStep[] {
  const restarts = jobs.filter(({ kind }) => kind === "restart");
  return [...new Map([...jobs, ...restarts].map((step) => [step.unit, step])).values()];
}

/** The same text for the same hook. */
function keyOf(hook: Hook): string {
  return hook.verb === "run" ? JSON.stringify(hook.command) : `${hook.verb} ${hook.unit}`;
}

export function isSameHook(left: Hook, right: Hook): boolean {
  return keyOf(left) === keyOf(right);
}

/** The hooks of one file, when the step changes its content. */
function listHooksOf(step: FileStep, { desired, applied }: HookInput): readonly OwedHook[] {
  const path = pathOf(step);
  const word = describeChange(step, applied);
  if (word === null) return [];
  const file = desired.files.get(path);
  const wanted = file?.hooks ?? [];
  const known = applied.files[path]?.hooks ?? [];
  // On the way back the hooks of the undone revision are carried out again, too: they have worked with its file.
  const isReturn = desired.revision.commit === applied.revision?.commit;
  const hooks = file === undefined ? known : isReturn ? [...known, ...wanted] : wanted;
  return hooks.map((hook) => ({ hook, because: `${path} ${word}` }));
}

/** What becomes of the content; null when it stays. */
function describeChange(step: FileStep, { files }: Inventory): string | null {
  const record = files[pathOf(step)];
  switch (step.kind) {
    case "write": {
      const isKept = record?.content === contentOf(step.file) && step.replaces && !step.backup;
      if (step.isAccessOnly === true || isKept) return null;
      // A file that is only claimed has no content yet.
      const isNew = record === undefined || record.content === "";
      return isNew && !step.replaces ? "added" : "changed";
    }
    case "adopt":
      // An interrupted apply has written it, or somebody else the same as git.
      return record === undefined || record.content === contentOf(step.file) ? null : "changed";
    case "delete":
      return "removed";
    case "restore": {
      const isKept = !step.isWritten && record !== undefined && isAppliedContent(record, step.original);
      return isKept ? null : "put back";
    }
  }
}

function joinEqual(hooks: readonly OwedHook[]): readonly OwedHook[] {
  const groups: { readonly hook: Hook; readonly reasons: string[] }[] = [];
  for (const { hook, because } of hooks) {
    const group = groups.find((one) => isSameHook(one.hook, hook));
    if (group === undefined) groups.push({ hook, reasons: [because] });
    else if (!group.reasons.includes(because)) group.reasons.push(because);
  }
  return groups.map(({ hook, reasons }) => {
    const more = reasons.length - namedAtMost;
    const because = reasons.slice(0, namedAtMost).join(", ");
    return { hook, because: more > 0 ? `${because} and ${more} more` : because };
  });
}

interface PlannedJob {
  readonly verb: "reload" | "restart";
  readonly step?: UnitStep;
  readonly spared?: Spared;
}

/**
 * The job of a hook that names a unit; for a template one for each instance that runs. A unit that does not run is left alone.
 * Restarts of units of the repository follow from their definition, which has the file.
 */
function planJobs(owed: OwedHook, input: HookInput): readonly PlannedJob[] {
  const { hook, because } = owed;
  if (hook.verb === "run") return [];
  const { verb } = hook;
  return listUnits(hook.unit, input).flatMap((unit): readonly PlannedJob[] => {
    if (verb === "restart" && input.desired.units.has(unit.name)) return [];
    if (!isUp(unit)) return startMended(unit, owed, input);
    if (input.isProtected(unit.name)) {
      const why = `${because}: it is protected, so its ${verb} is left to you`;
      return [{ verb, spared: { unit: unit.name, class: verb, because: why, pending: true } }];
    }
    // systemd refuses to reload a unit that is not active, and one that is starting may have read the old file.
    const kind = unit.activeState === "activating" || isGoingDown(unit) ? "restart" : verb;
    return [{ verb, step: { kind, unit: unit.name, because, isHook: true } }];
  });
}

function listUnits(name: string, { observed }: HookInput): readonly ObservedUnit[] {
  const own = observed.get(name);
  if (own !== undefined) return [own];
  return [...observed.values()].filter((unit) => parseInstance(unit.name)?.template === name);
}

/** A change of the file may mend a unit that failed or ended by itself, as a change of its definition may. */
function startMended(
  { name, activeState, downBecause }: ObservedUnit,
  owed: OwedHook,
  { desired, expected }: HookInput,
): readonly PlannedJob[] {
  const unit = desired.units.get(name);
  const hasDoneItsWork = downBecause === "ended" && unit !== undefined && isPassing(unit);
  const mayMend = activeState === "failed" || (downBecause !== undefined && !hasDoneItsWork);
  if (!expected.has(name) || !mayMend) return [];
  return [
    { verb: "reload", step: { kind: "start", unit: name, because: `it was down, and ${owed.because}` } },
  ];
}
