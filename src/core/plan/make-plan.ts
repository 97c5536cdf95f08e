/**
 * Makes the plan: a pure function of desired, applied and observed state. Every step says why. A refusal forbids the
 * whole plan: a revision is applied as a whole or not at all. With corrections, it is limited to what they name.
 */

import { isAppliedContent } from "../drift/applied-file.ts";
import { listEditedUnits } from "../drift/host-edits.ts";
import type { Corrections } from "../model/correction.ts";
import type { Desired, DesiredUnit } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Observed, Ties } from "../model/observed.ts";
import type { Plan, Step } from "../model/plan.ts";
import { credentialKey } from "../model/secret-format.ts";
import { joinTies, listTies, mergeTies } from "../units/ties.ts";
import { type FileStep, pathOf } from "./file-steps.ts";
import { planFiles } from "./files.ts";
import { findFoundDefinitions } from "./found-definitions.ts";
import { planHooks } from "./hooks.ts";
import type { UnitStep } from "./interruption.ts";
import { findAlongside } from "./propagation.ts";
import { keepChanged, planPutBack } from "./put-back.ts";
import { type RefusalPolicy, refuseLoss, refuseProtected } from "./refusals.ts";
import { refuseTakenAlong } from "./refuse-taken-along.ts";
import { findReleased, releaseUnits, startTakenOver } from "./release.ts";
import { planUnits } from "./units.ts";

export function makePlan(
  desired: Desired,
  applied: Inventory,
  observed: Observed,
  policy: RefusalPolicy,
  corrections: Corrections | null = null,
): Plan {
  const files =
    corrections === null
      ? planFiles(desired, applied, observed.files, policy)
      : { steps: planPutBack(desired, applied, observed.files, corrections), refusals: [] };
  // An interrupted apply may have written the file: then it is on the host, but the running units have not loaded it.
  const isOurs = (step: FileStep) => step.kind === "adopt" && applied.files[step.file.path] !== undefined;
  const adopted = listDefinedUnits(files.steps.filter((step) => step.kind === "adopt" && !isOurs(step)));
  const written = listDefinedUnits(
    files.steps.filter((step) => step.kind === "write" || step.kind === "restore" || isOurs(step)),
  );
  const rewritten = [...adopted, ...written];
  const ties = mergeTies(readWrittenTies(desired), observed.ties);
  const surroundings = { desired, applied, files: observed.files, units: observed.units };
  const released = findReleased({ ...surroundings, steps: files.steps });
  const units = planUnits({
    desired,
    applied: releaseUnits(applied, { released, steps: files.steps }, observed.units),
    observed: observed.units,
    ties,
    isProtected: policy.isProtected,
    prune: policy.prune,
    editedUnits: listEditedUnits(applied, observed, desired.layout, new Set(files.steps.map(pathOf))),
    overrides: observed.overrides,
    foundDefinitions: findFoundDefinitions(desired, applied, observed.files),
    rewrittenUnits: new Set(rewritten),
    adoptedUnits: new Set(adopted.filter((unit) => !written.includes(unit))),
    corrections: corrections === null ? null : keepChanged(corrections, files.steps),
  });
  const credentials = corrections === null ? planCredentials(desired, applied, observed.generation) : [];
  const reload = planReload(files.steps, applied, corrections);
  const jobs = nameReleases(units.jobs, released);
  const isIdle = ({ unit }: UnitStep) =>
    ![...units.stops, ...units.lateStops, ...jobs].some((job) => job.unit === unit);
  jobs.push(...startTakenOver(desired, applied, observed.units).filter(isIdle));
  const hooks = planHooks({
    desired,
    applied,
    observed: observed.units,
    expected: units.expected,
    isProtected: policy.isProtected,
    steps: files.steps,
    isCorrection: corrections !== null,
  });
  jobs.push(...hooks.jobs.filter(isIdle));
  const allJobs = [...units.stops, ...units.lateStops, ...jobs];
  return {
    revision: desired.revision,
    steps: [
      ...credentials,
      ...units.stops,
      ...files.steps,
      ...reload,
      ...units.refreshes,
      ...units.resets,
      ...hooks.runs,
      ...units.lateStops,
      ...jobs,
    ],
    refusals: [
      ...(corrections === null ? refuseProtected(desired, policy) : []),
      ...(corrections === null ? refuseLoss(desired, applied, policy) : []),
      ...files.refusals,
      ...refuseTakenAlong(observed.units, ties, allJobs, policy.isProtected),
    ],
    spared: [...units.spared, ...hooks.spared],
    explanations: units.explanations,
    alongside: findAlongside(observed.units, ties, allJobs),
    expected: units.expected,
    leaving: units.leaving,
    owedHooks: hooks.owed,
    released,
    scope: corrections?.units ?? null,
  };
}

/** The ties between units that the unit files of a revision define. */
export function readWrittenTies(desired: Desired): Ties {
  return desired.derived.of(desired, joinWrittenTies);
}

function joinWrittenTies({ units, derived }: Desired): Ties {
  const concrete = [...units.values()].filter(({ template, masked }) => !template && !masked);
  return joinTies(concrete.map((unit) => derived.of(unit, listWrittenTies)));
}

function listWrittenTies({ name, definition: { settings } }: DesiredUnit): ReturnType<typeof listTies> {
  return listTies(name, settings);
}

/** Units whose definition the steps change. Enablement links do not count. */
function listDefinedUnits(steps: readonly FileStep[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind === "delete") return [];
    const file = step.kind === "restore" ? step.owned : step.file;
    return file !== null && file.role !== "enablement" ? (file.unit ?? []) : [];
  });
}

/**
 * Gives the jobs of released units the reason of the release: it explains more than the difference to git's definition.
 */
function nameReleases(jobs: readonly UnitStep[], released: ReadonlyMap<string, string>): UnitStep[] {
  return jobs.map((step) => ({ ...step, because: released.get(step.unit) ?? step.because }));
}

function planCredentials(desired: Desired, applied: Inventory, generation: string | null): readonly Step[] {
  const digestByKey = (credentials: Desired["credentials"]) =>
    new Map(credentials.map((credential) => [credentialKey(credential), credential.digest]));
  const [before, after] = [digestByKey(applied.credentials), digestByKey(desired.credentials)];
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  if (changed.length > 0) {
    return [{ kind: "credentials", because: "secrets changed in git", changed: changed.sort() }];
  }
  if (generation === applied.generation || desired.credentials.length === 0) return [];
  return [{ kind: "credentials", because: "the host has lost them", changed: [...after.keys()].sort() }];
}

function planReload(
  fileSteps: readonly FileStep[],
  applied: Inventory,
  corrections: Corrections | null,
): readonly Step[] {
  const touched = fileSteps.filter((step) => {
    if (step.kind === "restore" && !step.isWritten && isAsRecorded(step, applied)) return false;
    if (step.kind === "write" && step.isAccessOnly) return false;
    return ("file" in step ? step.file.role : step.role) !== "file";
  });
  if (touched.length > 0)
    return [
      {
        kind: "daemon-reload",
        because: touched.length === 1 ? "a unit file changed" : `${touched.length} unit files changed`,
      },
    ];
  if (applied.reloadOwed)
    return [{ kind: "daemon-reload", because: "an earlier sync wrote unit files and was interrupted" }];
  const because = corrections?.reload ?? null;
  return because === null ? [] : [{ kind: "daemon-reload", because }];
}

/**
 * Whether the inventory already records the path as the step leaves it. If not, an earlier run put the original back
 * and was killed, maybe before systemd had loaded it.
 */
function isAsRecorded(
  { path, original }: Extract<FileStep, { readonly kind: "restore" }>,
  { files }: Inventory,
): boolean {
  const record = files[path];
  if (record === undefined) return original.kind === "absent";
  return isAppliedContent(record, original);
}

export function isEmptyPlan(plan: Plan): boolean {
  return plan.steps.length === 0 && plan.refusals.length === 0;
}
