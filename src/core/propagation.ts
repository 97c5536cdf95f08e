/**
 * Which units systemd restarts along with the ones that a plan restarts: those that run and are bound to them
 * (systemd.unit(5), Requires=, BindsTo=, Requisite=, PartOf=: "if this unit is stopped or restarted"). Pure.
 */
import { listWords } from "./definition.ts";
import { isUp, type UnitStep } from "./interruption.ts";
import type { Alongside, Desired, ObservedUnit } from "./state.ts";

const bindingKeys = ["Requires", "BindsTo", "Requisite", "PartOf"] as const;

/** Every unit once, with what takes it along; those that have a job of their own are left out. */
export function findAlongside(
  desired: Desired,
  observed: ReadonlyMap<string, ObservedUnit>,
  jobs: readonly UnitStep[],
): readonly Alongside[] {
  const found = new Map<string, Alongside>();
  const own = new Set(jobs.filter(({ kind }) => kind === "restart").map(({ unit }) => unit));
  const queue = [...own];
  for (const restarted of queue) {
    for (const { name, definition } of desired.units.values()) {
      if (own.has(name) || found.has(name) || !isUp(observed.get(name))) continue;
      const key = bindingKeys.find((candidate) =>
        listWords(definition.settings, `Unit.${candidate}`).includes(restarted),
      );
      if (key === undefined) continue;
      found.set(name, { unit: name, because: `it has ${key}=${restarted}, which is restarted` });
      queue.push(name);
    }
  }
  return [...found.values()];
}
