/**
 * How the inventory changes while a plan is applied. Each function gives the inventory to save at one point. If the agent is
 * killed right after it, nothing is lost: what is still owed follows from the inventory. Pure.
 */

import type { Definition, Desired, DesiredUnit } from "../model/desired.ts";
import type { AppliedFile, AppliedUnit, Inventory } from "../model/inventory.ts";
import type { ObservedUnit } from "../model/observed.ts";
import type { Plan } from "../model/plan.ts";
import type { Revision } from "../model/revision.ts";
import { isFileStep, pathOf } from "../plan/file-steps.ts";
import { forgetOriginals } from "../plan/originals.ts";
import {
  findOwn,
  findRecord,
  findRunningDefinition,
  findTemplateDefinition,
  runsEdited,
} from "../plan/running-definition.ts";
import { isInScope } from "../plan/scope.ts";
import { isUp } from "../units/activity.ts";
import { diffDefinitions, emptyDefinition } from "../units/diff.ts";
import { isTemplateName, parseInstance } from "../units/unit-name.ts";
import { recordFile, recordStep } from "./claim.ts";
import { hasOtherHooks, listLastingHooks } from "./hooks.ts";
import { listRemovedTimers } from "./timer-stamps.ts";

export interface WrittenInput {
  readonly applied: Inventory;
  readonly desired: Desired;
  readonly plan: Plan;
  readonly observed: ReadonlyMap<string, ObservedUnit>;
  /** Paths that were not deleted, because their unit could not be stopped. */
  readonly keptPaths: ReadonlySet<string>;
}

/** After the last write and before the daemon-reload: the files are recorded, and every job of the plan is owed. */
export function recordWritten(input: WrittenInput): Inventory {
  const files: Record<string, AppliedFile> = { ...input.applied.files };
  for (const step of input.plan.steps) {
    if (isFileStep(step) && !input.keptPaths.has(pathOf(step))) recordStep(files, step);
  }
  for (const file of input.desired.files.values()) {
    const known = files[file.path];
    if (known !== undefined && (known.origin !== file.origin || hasOtherHooks(file, known))) {
      files[file.path] = recordFile(file, known);
    }
  }
  const reloadOwed =
    input.applied.reloadOwed || input.plan.steps.some(({ kind }) => kind === "daemon-reload");
  const written = {
    ...input.applied,
    files,
    units: recordUnits(input),
    driftRules: input.desired.driftRules,
    reloadOwed,
    removedTimers: listRemovedTimers(input),
    // Until systemd has loaded the files, a unit that starts, for instance after a crash, runs the definition before.
    loadedAtUs: reloadOwed ? 0 : input.applied.loadedAtUs,
  };
  return recordSettling(written, input.plan);
}

/** Notes, before their jobs, which units have to settle. So they are watched also if the agent is killed meanwhile. */
export function recordSettling(applied: Inventory, plan: Plan): Inventory {
  return { ...applied, settling: [...new Set([...applied.settling, ...listTouchedUnits(plan)])] };
}

/** Units that the plan starts, restarts or reloads. */
function listJobUnits(plan: Plan): readonly string[] {
  return plan.steps.flatMap((step) =>
    step.kind === "start" || step.kind === "restart" || step.kind === "reload" ? [step.unit] : [],
  );
}

/** Units whose job a hook asks for: it says nothing about their definition. */
export function listHookUnits(plan: Plan): ReadonlySet<string> {
  return new Set(plan.steps.flatMap((step) => ("isHook" in step && step.isHook ? [step.unit] : [])));
}

/** Units that have to settle. */
function listTouchedUnits(plan: Plan): readonly string[] {
  const along = plan.alongside.flatMap(({ unit, action }) => (action === "restart" ? [unit] : []));
  return [...listJobUnits(plan), ...along];
}

/** Units for which something is owed after the daemon-reload. */
function listOwingUnits(plan: Plan): readonly string[] {
  const refreshed = plan.steps.flatMap((step) => (step.kind === "refresh-cgroup" ? [step.unit] : []));
  const ending = plan.steps.flatMap((step) => (step.kind === "stop" && step.isLate ? [step.unit] : []));
  const hooked = listHookUnits(plan);
  return [...listJobUnits(plan).filter((unit) => !hooked.has(unit)), ...refreshed, ...ending];
}

function recordUnits(input: WrittenInput): Readonly<Record<string, AppliedUnit>> {
  const { applied, desired, plan, observed, keptPaths } = input;
  const jobs = new Set(listOwingUnits(plan));
  const pending = new Map(plan.spared.filter((spared) => spared.pending).map((s) => [s.unit, s.because]));
  const hidden = new Map(
    plan.spared.flatMap(({ unit, startedWith }) =>
      startedWith === undefined ? [] : [[unit, startedWith] as const],
    ),
  );
  const identical = listFoundIdentical(plan, applied);
  const units: Record<string, AppliedUnit> = {};
  const record = (unit: DesiredUnit) => {
    const found = findOwn(unit.name, applied, observed);
    const known = findRecord(unit.name, applied, found);
    const before =
      findRunningDefinition(known, found, applied.loadedAtUs) ??
      findTemplateDefinition(unit.name, applied, known);
    const because = pending.get(unit.name) ?? null;
    const owed = jobs.has(unit.name) || because !== null;
    const isSpared = !owed && (runsEdited(known, found) || hidden.get(unit.name) === "edited");
    const isFoundSo = (unit.template && identical.has(unit.name)) || hidden.get(unit.name) === "same";
    units[unit.name] = {
      owned: unit.owned,
      declared: unit.declared && !isHandStarted(unit, applied, found),
      masked: unit.masked,
      definition: unit.definition,
      startedWith: isSpared ? "edited" : isFoundSo ? "same" : whatItRuns(unit, before, found, owed),
      invocationId: found?.invocationId ?? null,
      pending: because,
      expected: plan.expected.has(unit.name),
      ...(unit.intent === "stopped" && { stopped: true }),
    };
  };
  for (const unit of desired.units.values()) {
    const known = applied.units[unit.name];
    if (jobs.has(unit.name) || isInScope(unit, plan.scope)) record(unit);
    else if (known !== undefined) units[unit.name] = known;
  }
  const bereft = Object.keys(applied.units).filter((name) => lostExtension(name, input));
  for (const name of [...jobs, ...pending.keys(), ...hidden.keys(), ...bereft]) {
    if (units[name] !== undefined) continue;
    const template = desired.units.get(parseInstance(name)?.template ?? "");
    if (template !== undefined) record({ ...template, name, template: false, declared: false });
    else if (applied.units[name] !== undefined) units[name] = extensionRemoved(name, input);
  }
  for (const path of keptPaths) {
    const unit = applied.files[path]?.unit;
    const kept = unit === null || unit === undefined ? undefined : applied.units[unit];
    if (unit !== null && unit !== undefined && kept !== undefined) units[unit] = kept;
  }
  return units;
}

/**
 * Whether somebody had started the instance before a revision pulled it in. Then it stays undeclared, so that it is not
 * stopped when no revision pulls it in any more.
 */
function isHandStarted(unit: DesiredUnit, applied: Inventory, found: ObservedUnit | undefined): boolean {
  return unit.pulledIn && isUp(found) && applied.units[unit.name]?.declared !== true;
}

/** Units and templates whose files were all on the host already, byte for byte, so that their processes run with them. */
function listFoundIdentical({ steps }: Plan, applied: Inventory): ReadonlySet<string> {
  const files = steps.flatMap((step) => (step.kind === "adopt" || step.kind === "write" ? [step] : []));
  const isFound = ({ kind, file }: (typeof files)[number]) =>
    kind === "adopt" && applied.files[file.path] === undefined;
  const defining = files.filter(({ file }) => file.unit !== null && file.role !== "enablement");
  const written = new Set(defining.filter((step) => !isFound(step)).map(({ file }) => file.unit));
  const found = defining.filter(isFound).flatMap(({ file }) => file.unit ?? []);
  return new Set(found.filter((unit) => !written.has(unit)));
}

/**
 * The value of `startedWith`, from which a later plan sees what is owed. A unit that does not run and has a job needs a
 * start, with any definition before. A unit that does not run and has no job would still start with the definition before,
 * until systemd has loaded the new files.
 */
function whatItRuns(
  unit: DesiredUnit,
  before: Definition | null,
  found: ObservedUnit | undefined,
  owed: boolean,
): AppliedUnit["startedWith"] {
  if (owed && !isUp(found)) return "never";
  if (!owed && isUp(found)) return "same";
  if (before === null) return unit.owned ? "never" : emptyDefinition;
  return owed || diffDefinitions(before, unit.definition).class !== "none" ? before : "same";
}

/**
 * Whether the agent's last drop-in for an inactive unit that is not from git was removed. The unit stays recorded, because
 * it would still start with the drop-in until systemd has loaded the new files.
 */
function lostExtension(name: string, { applied, desired, observed }: WrittenInput): boolean {
  const unit = applied.units[name];
  const isExtended = unit !== undefined && !unit.owned && !unit.masked && !isTemplateName(name);
  return isExtended && !desired.units.has(name) && !isUp(observed.get(name));
}

/** The entry of a unit that is not from git, and whose last drop-in of the agent was removed: it may still run with it. */
function extensionRemoved(name: string, { applied, observed }: WrittenInput): AppliedUnit {
  const before = findRunningDefinition(applied.units[name], observed.get(name), applied.loadedAtUs);
  return {
    owned: false,
    declared: false,
    masked: false,
    definition: emptyDefinition,
    startedWith: before ?? emptyDefinition,
    invocationId: observed.get(name)?.invocationId ?? null,
    pending: null,
    expected: false,
  };
}

/**
 * After the daemon-reload.
 * @param loadedAtUs microseconds since the epoch, read when the reload had ended
 */
export function recordReloaded(applied: Inventory, loadedAtUs: number): Inventory {
  return { ...applied, reloadOwed: false, loadedAtUs };
}

/**
 * At the end of an apply whose units have settled. Units may have failed when there is no revision to go back to.
 * @param appliedAt ISO 8601
 */
export function recordApplied(applied: Inventory, revision: Revision, appliedAt: string): Inventory {
  const owedHooks = listLastingHooks(applied);
  const done = { applying: null, settling: [], runningBefore: [], leaving: [], retired: [], owedHooks };
  return { ...forgetOriginals(applied), ...done, revision, appliedAt };
}
