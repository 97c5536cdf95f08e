/**
 * How the inventory changes before and while files are written: what the agent is about to write is its own from before
 * the first byte, whether it then gets that far or not. Pure.
 */
import { contentOf, modeOf } from "../drift/applied-file.ts";
import type { Definition, Desired, DesiredUnit, HostFile } from "../model/desired.ts";
import type { AppliedFile, AppliedUnit, Inventory } from "../model/inventory.ts";
import type { Observed, ObservedUnit } from "../model/observed.ts";
import type { Plan } from "../model/plan.ts";
import { type FileStep, isFileStep, pathOf } from "../plan/file-steps.ts";
import { isUp } from "../units/activity.ts";
import { diffDefinitions } from "../units/diff.ts";
import { parseInstance } from "../units/unit-name.ts";

/**
 * Before the first write: the new files are claimed (with no content yet), so that a kill between two writes does not
 * leave files that nobody owns; new credentials are announced before they become current; what runs and is interrupted,
 * and what is taken away, is noted, so that the one is started again and the other stays away.
 * @param observed the units as the plan saw them
 */
export function claimPlan(
  applied: Inventory,
  desired: Desired,
  plan: Plan,
  generation: string | null,
  observed: ReadonlyMap<string, ObservedUnit>,
): Inventory {
  const claimed: Record<string, AppliedFile> = {};
  for (const step of plan.steps) {
    if (step.kind !== "write" || applied.files[step.file.path] !== undefined) continue;
    claimed[step.file.path] = { ...recordFile(step.file), content: "" };
  }
  const files = { ...applied.files, ...claimed };
  const runningBefore = [...new Set([...applied.runningBefore, ...listInterrupted(plan, observed)])];
  const retired = [...new Set([...applied.retired, ...listRetired(plan, desired)])];
  const { leaving, revision } = plan;
  const begun = { ...applied, files, runningBefore, leaving, retired, applying: revision };
  if (!plan.steps.some(({ kind }) => kind === "credentials")) return begun;
  return {
    ...begun,
    generation,
    credentials: desired.credentials,
    credentialsFrom: desired.revision,
  };
}

/** Units that run and that the plan stops or restarts, by a job of their own or along with another one. */
function listInterrupted(plan: Plan, observed: ReadonlyMap<string, ObservedUnit>): readonly string[] {
  const own = plan.steps.flatMap((step) =>
    step.kind === "stop" || step.kind === "start" || step.kind === "restart" ? [step.unit] : [],
  );
  return [...own, ...plan.alongside.map(({ unit }) => unit)].filter((name) => isUp(observed.get(name)));
}

/** Units that the plan stops although git does not, and does not start again. */
function listRetired({ steps, expected }: Plan, { units }: Desired): readonly string[] {
  const started = new Set(steps.flatMap((step) => (step.kind === "start" ? [step.unit] : [])));
  return steps.flatMap((step) => {
    if (step.kind !== "stop" || expected.has(step.unit) || started.has(step.unit)) return [];
    const unit = units.get(step.unit);
    return unit === undefined || unit.masked || unit.intent === "stopped" ? [] : [step.unit];
  });
}

/**
 * A file as the inventory remembers it once it is written.
 * @param before what the inventory had at its path
 */
export function recordFile(file: HostFile, before?: AppliedFile): AppliedFile {
  return {
    role: file.role,
    unit: file.unit,
    origin: file.origin,
    kind: file.kind,
    content: contentOf(file),
    mode: modeOf(file),
    ...(file.kind === "file" && file.owner !== undefined ? { owner: file.owner } : {}),
    ...(file.kind === "file" && file.group !== undefined ? { group: file.group } : {}),
    ...(before?.foundLink === undefined ? {} : { foundLink: before.foundLink }),
  };
}

/** Notes in `files` what a step, once it is carried out, has made of its path. */
export function recordStep(files: Record<string, AppliedFile>, step: FileStep): void {
  const path = pathOf(step);
  const file = "file" in step ? step.file : step.kind === "restore" ? step.owned : null;
  if (file === null) delete files[path];
  else files[path] = recordFile(file, files[path]);
}

/**
 * After a write failed, on a full disk for instance: what was written until then is ours, what was not is claimed no
 * longer, so that neither is taken for a hand edit. The jobs are planned anew.
 * @param before the inventory before `claimed`
 * @param done paths of the file steps that were carried out
 */
export function recordPartlyWritten(
  before: Inventory,
  claimed: Inventory,
  plan: Plan,
  done: ReadonlySet<string>,
): Inventory {
  const files: Record<string, AppliedFile> = { ...claimed.files };
  let reloadOwed = claimed.reloadOwed;
  for (const step of plan.steps) {
    if (!isFileStep(step)) continue;
    const path = pathOf(step);
    if (done.has(path)) {
      recordStep(files, step);
      reloadOwed = true;
    } else if (before.files[path] === undefined) delete files[path];
  }
  return { ...claimed, files, reloadOwed, loadedAtUs: reloadOwed ? 0 : claimed.loadedAtUs };
}

/**
 * After an apply was cut off and the next one is of another revision: what the first has done to the host until then,
 * found out by what stands there. Without that, a file that is back to what it was would be taken for unchanged.
 * @param begun the revision whose apply was cut off, as it would be planned now
 */
export function recordCutOff(
  applied: Inventory,
  begun: { readonly desired: Desired; readonly plan: Plan; readonly observed: Observed },
): Inventory {
  const done = new Set<string>();
  for (const step of begun.plan.steps) {
    if (step.kind === "adopt" && applied.files[step.file.path] !== undefined) done.add(step.file.path);
    if (step.kind === "restore" && !step.isWritten) done.add(step.path);
    if (step.kind === "delete" && begun.observed.files.get(step.path)?.kind === "absent") done.add(step.path);
  }
  const untraced = new Set(
    begun.plan.steps.flatMap((step) =>
      step.kind === "reload" || step.kind === "refresh-cgroup" ? [step.unit] : [],
    ),
  );
  const units: Record<string, AppliedUnit> = {};
  for (const [name, unit] of Object.entries(applied.units)) {
    const template = unit.declared ? "" : (parseInstance(name)?.template ?? "");
    const wanted = begun.desired.units.get(name) ?? begun.desired.units.get(template);
    const found = begun.observed.units.get(name);
    const isDoubtful = mayRunAnother(unit, wanted, found, applied.loadedAtUs > 0);
    if (isDoubtful) units[name] = { ...unit, startedWith: "never" };
    else if (untraced.has(name) && applied.loadedAtUs > 0) units[name] = forgetWhatRuns(unit);
    else units[name] = unit;
  }
  return { ...recordPartlyWritten(applied, applied, begun.plan, done), units };
}

/** A job that leaves no trace, as a restart does by its invocation, is owed: it may have been done or not. */
function forgetWhatRuns(unit: AppliedUnit): AppliedUnit {
  const { definition, startedWith } = unit;
  if (typeof startedWith === "string") return unit;
  return { ...unit, startedWith: blurDifferences(startedWith, definition) };
}

const unknownValue = "(unknown)";

/** Settings that say how long a process stays: no reload changes them. */
const lifetimeSettings: ReadonlySet<string> = new Set(["Service.Type", "Service.RemainAfterExit"]);

/** Whatever it is compared with differs from it in all that the two differ in; only its process lives as `left` says. */
function blurDifferences(left: Definition, right: Definition): Definition {
  const mergeInputs = (
    before: Readonly<Record<string, string>>,
    after: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.keys({ ...before, ...after }).map((key) => [
        key,
        before[key] === after[key] ? (after[key] ?? "") : unknownValue,
      ]),
    );
  const differing = diffDefinitions(left, right).differences.map(({ subject }) => subject);
  const names = differing.filter((subject) => subject in left.settings || subject in right.settings);
  const blurred = names.map((name) => [
    name,
    lifetimeSettings.has(name) ? (left.settings[name] ?? []) : [unknownValue],
  ]);
  return {
    settings: { ...right.settings, ...Object.fromEntries(blurred) },
    credentials: mergeInputs(left.credentials, right.credentials),
    files: mergeInputs(left.files, right.files),
  };
}

/**
 * Stopped because it was to go; or started anew, by systemd or at a boot, when part of the new definition was there.
 * @param isLoaded whether it is known since when systemd has the definition that the inventory names
 */
function mayRunAnother(
  unit: AppliedUnit,
  wanted: DesiredUnit | undefined,
  found: ObservedUnit | undefined,
  isLoaded: boolean,
): boolean {
  const goes = wanted === undefined || wanted.masked || wanted.intent === "stopped";
  if (!isUp(found)) return goes && unit.expected;
  if (found?.invocationId === unit.invocationId) return false;
  if (unit.startedWith !== "same") return !isLoaded;
  return goes || diffDefinitions(unit.definition, wanted.definition).class !== "none";
}
