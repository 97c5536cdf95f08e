/**
 * How the inventory changes before and while files are written. A file belongs to the agent from before its first byte is
 * written, also if the agent is killed before it writes it. Pure.
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
import { dateCredentials } from "./credentials.ts";

/**
 * The inventory before the first write. New files are claimed, without content, so that a kill between two writes leaves no
 * file that the inventory does not know. New credentials are noted before they become current. Running units that the plan
 * interrupts are noted, so that they are started again; units that it removes are noted, so that they stay down.
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
  const { leaving, owedHooks, revision } = plan;
  // A file that is put back is not recorded anew, so that after a kill only this says that systemd has to load it.
  const isOwed = plan.scope !== null && plan.steps.some(({ kind }) => kind === "daemon-reload");
  const reloadOwed = applied.reloadOwed || isOwed;
  const owed = { reloadOwed, owedHooks };
  const begun = { ...applied, files, runningBefore, leaving, retired, ...owed, applying: revision };
  if (!plan.steps.some(({ kind }) => kind === "credentials")) return begun;
  return {
    ...begun,
    generation,
    credentials: dateCredentials(desired, applied),
    credentialsFrom: desired.revision,
  };
}

/** Running units that the plan stops or restarts, by their own job or together with another unit. */
function listInterrupted(plan: Plan, observed: ReadonlyMap<string, ObservedUnit>): readonly string[] {
  const own = plan.steps.flatMap((step) =>
    step.kind === "stop" || step.kind === "start" || step.kind === "restart" ? [step.unit] : [],
  );
  return [...own, ...plan.alongside.map(({ unit }) => unit)].filter((name) => isUp(observed.get(name)));
}

/** Units that the plan stops and does not start again, although git has them and does not say that they are stopped. */
function listRetired({ steps, expected }: Plan, { units }: Desired): readonly string[] {
  const started = new Set(steps.flatMap((step) => (step.kind === "start" ? [step.unit] : [])));
  return steps.flatMap((step) => {
    if (step.kind !== "stop" || expected.has(step.unit) || started.has(step.unit)) return [];
    const unit = units.get(step.unit);
    return unit === undefined || unit.masked || unit.intent === "stopped" ? [] : [step.unit];
  });
}

/**
 * The entry of the inventory for a file that was written.
 * @param before the entry that the inventory had for the path
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
    ...(file.hooks !== undefined ? { hooks: file.hooks } : {}),
    ...(before?.foundLink === undefined ? {} : { foundLink: before.foundLink }),
  };
}

/** Changes `files` to what is at the path of a step after it was carried out. */
export function recordStep(files: Record<string, AppliedFile>, step: FileStep): void {
  const path = pathOf(step);
  const file = "file" in step ? step.file : step.kind === "restore" ? step.owned : null;
  if (file === null) delete files[path];
  else files[path] = recordFile(file, files[path]);
}

/**
 * The inventory after a write has failed, for instance because the disk is full. Files that were written are recorded, and
 * the claims of the others are removed, so that none of them looks like an edit by hand. The jobs are planned again later.
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
 * The inventory after an apply was killed, when the next apply is of another revision: with what the killed one has done,
 * which is found out from the host. Without this, the next plan could miss a file that it has to write back.
 * @param begun a plan, made now, for the revision whose apply was killed
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

/**
 * A reload or a refresh of control groups leaves no trace, unlike a restart, which changes the invocation. It may not have
 * been done, so it is still owed.
 */
function forgetWhatRuns(unit: AppliedUnit): AppliedUnit {
  const { definition, startedWith } = unit;
  if (typeof startedWith === "string") return unit;
  return { ...unit, startedWith: blurDifferences(startedWith, definition) };
}

const unknownValue = "(unknown)";

/** Settings that decide how long a process stays. A reload does not change them for a process that runs. */
const lifetimeSettings: ReadonlySet<string> = new Set(["Service.Type", "Service.RemainAfterExit"]);

/**
 * A definition with an unknown value wherever `left` and `right` differ: every definition differs from it there. How long the
 * process stays is taken from `left`.
 */
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
 * Whether the unit may run something else than the inventory says: it was stopped because the killed apply removed it; or
 * it was started again, by systemd or at a boot, when a part of the new definition was on the host.
 * @param isLoaded whether it is known since when systemd has loaded the definition in the inventory
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
