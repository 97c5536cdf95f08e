/**
 * Released units: git does not define them any more, but the host still has a definition of them, because the file from
 * before the agent is restored or because git's file hid one of the distribution. A released unit is not stopped. It is
 * restarted only when it runs git's definition. Pure.
 */
import { isAppliedContent } from "../drift/applied-file.ts";
import type { Desired } from "../model/desired.ts";
import type { AppliedUnit, Inventory } from "../model/inventory.ts";
import type { ObservedFile, ObservedUnit } from "../model/observed.ts";
import type { Plan } from "../model/plan.ts";
import { isPassing, isUp } from "../units/activity.ts";
import { emptyDefinition } from "../units/diff.ts";
import { isQuadletName, isTemplateName, parseInstance, serviceOfQuadlet } from "../units/unit-name.ts";
import type { UnitStep } from "./interruption.ts";
import { findRunningDefinition } from "./running-definition.ts";
import { findVendorFile } from "./vendor-unit.ts";

export interface Surroundings {
  readonly desired: Desired;
  readonly applied: Inventory;
  readonly files: ReadonlyMap<string, ObservedFile>;
  readonly units: ReadonlyMap<string, ObservedUnit>;
  readonly steps: Plan["steps"];
}

const definingRoles: ReadonlySet<string> = new Set(["fragment", "mask", "instance", "quadlet"]);

/** @returns released unit or template → why it is released instead of stopped */
export function findReleased(surroundings: Surroundings): ReadonlyMap<string, string> {
  const { desired, applied, files, steps } = surroundings;
  const restored = new Set(
    steps.flatMap((step) => (step.kind === "restore" && step.owned === null ? [step.path] : [])),
  );
  const released = new Map<string, string>();
  for (const [path, { role, unit }] of Object.entries(applied.files)) {
    if (unit === null || !definingRoles.has(role) || desired.files.has(path)) continue;
    const name = isQuadletName(unit) ? serviceOfQuadlet(unit) : unit;
    if (desired.units.get(name)?.owned === true) continue;
    const vendorFile = findVendorFile(unit, files, desired.layout);
    const why = restored.has(path)
      ? `${path} is as it was before git defined ${name}`
      : vendorFile === null
        ? null
        : `${vendorFile} defines it again`;
    if (why === null) continue;
    const isNew = isNewcomer(applied, path);
    for (const one of [name, ...listInstances(name, surroundings)]) {
      if (!isNew || applied.takenOver[one] !== undefined || !isBegun(one, surroundings))
        released.set(one, why);
    }
  }
  return released;
}

/** Whether the file came with the attempt under way. Then `takenOver` says whether the unit ran before. */
function isNewcomer({ originals }: Inventory, path: string): boolean {
  const original = originals[path];
  return original !== undefined && original.kind !== "as-applied" && !original.managed;
}

/** Whether it runs, is declared, and is not a oneshot that ends by itself. */
function isBegun(name: string, { applied, units }: Surroundings): boolean {
  const unit = applied.units[name];
  return isUp(units.get(name)) && unit?.declared === true && !isPassing({ name, ...unit });
}

/** All instances of the template: those in the inventory, and those that systemd knows. */
function listInstances(template: string, { applied, units }: Surroundings): readonly string[] {
  if (!isTemplateName(template)) return [];
  const names = new Set([...Object.keys(applied.units), ...units.keys()]);
  return [...names].filter((name) => parseInstance(name)?.template === template);
}

/**
 * The inventory, changed so that released units count as foreign, and as due for a restart where they run git's
 * definition.
 */
export function releaseUnits(
  applied: Inventory,
  { released, steps }: Pick<Plan, "released" | "steps">,
  observed: ReadonlyMap<string, ObservedUnit>,
): Inventory {
  if (released.size === 0) return applied;
  const written = listChangedUnits(applied, steps);
  const units: Record<string, AppliedUnit> = { ...applied.units };
  for (const name of released.keys()) {
    const template = parseInstance(name)?.template ?? "";
    const unit = applied.units[name] ?? applied.units[template];
    if (unit === undefined || (!unit.owned && !unit.masked)) continue;
    const found = observed.get(name);
    const before = findRunningDefinition(unit, found, applied.loadedAtUs);
    const isChanged = written.has(name) || written.has(template);
    const isUntouched = applied.takenOver[name] === found?.invocationId;
    const owesNothing = !isChanged || isUntouched || isPassing({ name, definition: unit.definition });
    units[name] = {
      ...unit,
      owned: false,
      declared: false,
      masked: false,
      definition: emptyDefinition,
      startedWith: owesNothing ? "same" : (before ?? unit.definition),
      invocationId: found?.invocationId ?? null,
    };
  }
  return { ...applied, units };
}

/**
 * Units for which git's definition differs from the one that stays on the host, also when that one is already restored.
 * Enablement links do not count.
 */
function listChangedUnits(applied: Inventory, steps: Plan["steps"]): ReadonlySet<string> {
  const units = steps.flatMap((step) => {
    if ((step.kind !== "restore" && step.kind !== "delete") || step.role === "enablement") return [];
    const record = applied.files[step.path];
    const isSame = step.kind === "restore" && record !== undefined && isAppliedContent(record, step.original);
    return isSame || step.unit === null ? [] : [step.unit];
  });
  return new Set(units.map((name) => (isQuadletName(name) ? serviceOfQuadlet(name) : name)));
}

/** Starts for units that ran before the attempt took them over, are down now, and are not in the desired revision. */
export function startTakenOver(
  desired: Desired,
  applied: Inventory,
  observed: ReadonlyMap<string, ObservedUnit>,
): readonly UnitStep[] {
  return Object.keys(applied.takenOver).flatMap((unit): UnitStep[] => {
    const template = parseInstance(unit)?.template ?? "";
    if (desired.units.has(unit) || desired.units.has(template) || isUp(observed.get(unit))) return [];
    return [{ kind: "start", unit, because: "it ran before the revision that is undone" }];
  });
}
