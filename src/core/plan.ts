/**
 * Makes the plan: a pure function of desired, applied and observed state. Every step says why. A refusal forbids the
 * whole plan: a revision is applied as a whole or not at all.
 */
import { type FileStep, planFiles } from "./plan-files.ts";
import type { Plan, Refusal, Step } from "./plan-types.ts";
import { planUnits } from "./plan-units.ts";
import { findAlongside } from "./propagation.ts";
import { hintForProtected, listProtectedClaims } from "./protection.ts";
import type { Desired, EntryRole, Inventory, Observed } from "./state.ts";

export interface PlanPolicy {
  readonly isProtected: (unit: string) => boolean;
  readonly prune: boolean;
  readonly allowEmpty: boolean;
}

export function makePlan(desired: Desired, applied: Inventory, observed: Observed, policy: PlanPolicy): Plan {
  const files = planFiles(desired, applied, observed.files, policy.prune);
  // A file that an interrupted apply wrote is found on the host, too, but no running unit has loaded it.
  const isOurs = (step: FileStep) => step.kind === "adopt" && applied.files[step.file.path] !== undefined;
  const adopted = listDefinedUnits(files.steps.filter((step) => step.kind === "adopt" && !isOurs(step)));
  const written = listDefinedUnits(files.steps.filter((step) => step.kind === "write" || isOurs(step)));
  const rewritten = [...adopted, ...written];
  const units = planUnits({
    desired,
    applied,
    observed: observed.units,
    isProtected: policy.isProtected,
    prune: policy.prune,
    rewrittenUnits: new Set(rewritten),
    adoptedUnits: new Set(adopted.filter((unit) => !written.includes(unit))),
  });
  const credentials = planCredentials(desired, applied, observed.generation);
  const reload = planReload(files.steps, applied);
  return {
    revision: desired.revision,
    steps: [
      ...credentials,
      ...units.stops,
      ...files.steps.filter(({ kind }) => kind !== "delete"),
      ...files.steps.filter(({ kind }) => kind === "delete"),
      ...reload,
      ...units.refreshes,
      ...units.resets,
      ...units.socketStops,
      ...units.jobs,
    ],
    refusals: [
      ...refuseProtected(desired, policy),
      ...refuseEmpty(desired, applied, policy),
      ...files.refusals,
    ],
    spared: units.spared,
    explanations: units.explanations,
    alongside: findAlongside(desired, observed.units, units.jobs),
    expected: units.expected,
  };
}

/** Units whose definition, not just their enablement, is in the files of the steps. */
function listDefinedUnits(steps: readonly FileStep[]): readonly string[] {
  return steps.flatMap((step) =>
    step.kind !== "delete" && step.file.role !== "enablement" ? (step.file.unit ?? []) : [],
  );
}

function planCredentials(desired: Desired, applied: Inventory, generation: string | null): readonly Step[] {
  const before = new Map(applied.credentials.map((credential) => [identify(credential), credential.digest]));
  const after = new Map(desired.credentials.map((credential) => [identify(credential), credential.digest]));
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  if (changed.length > 0) {
    return [{ kind: "credentials", because: "secrets changed in git", changed: changed.sort() }];
  }
  if (generation === applied.generation || desired.credentials.length === 0) return [];
  return [{ kind: "credentials", because: "the host has lost them", changed: [...after.keys()].sort() }];
}

function identify({ unit, name }: { readonly unit: string; readonly name: string }): string {
  return `${unit}/${name}`;
}

function planReload(
  fileSteps: readonly {
    readonly kind: string;
    readonly role?: EntryRole;
    readonly file?: { readonly role: EntryRole };
  }[],
  applied: Inventory,
): readonly Step[] {
  const touched = fileSteps.filter((step) => !["file", "stamp"].includes(step.role ?? step.file?.role ?? ""));
  if (touched.length > 0)
    return [
      {
        kind: "daemon-reload",
        because: touched.length === 1 ? "a unit file changed" : `${touched.length} unit files changed`,
      },
    ];
  if (applied.reloadOwed)
    return [{ kind: "daemon-reload", because: "an earlier sync wrote unit files and was interrupted" }];
  return [];
}

function refuseProtected(desired: Desired, policy: PlanPolicy): readonly Refusal[] {
  return listProtectedClaims(desired, policy.isProtected).map(({ name, origin }) => ({
    code: "protected" as const,
    subject: name,
    message: `${origin} defines ${name}, which is protected: a push must not lock you out`,
    hint: hintForProtected(name),
  }));
}

/** An empty revision is far more often a wrong branch or path than a wish to remove everything. */
function refuseEmpty(desired: Desired, applied: Inventory, policy: PlanPolicy): readonly Refusal[] {
  const owned = Object.keys(applied.units).length;
  if (owned === 0 || policy.allowEmpty) return [];
  // Secrets that were left behind extend units, but make none.
  const holdsUnits = holdsUnitFile(desired.files.values()) || !holdsUnitFile(Object.values(applied.files));
  if (holdsUnits && desired.units.size > 0) return [];
  return [
    {
      code: "empty",
      subject: "units",
      message: `the revision holds no unit for this host, and would remove all ${owned}`,
      hint: "if that is meant, set allow-empty: true in the host's agent.yaml",
    },
  ];
}

function holdsUnitFile(files: Iterable<{ readonly role: EntryRole }>): boolean {
  return [...files].some(({ role }) => !["credentials", "file", "stamp"].includes(role));
}

export function isEmptyPlan(plan: Plan): boolean {
  return plan.steps.length === 0 && plan.refusals.length === 0;
}
