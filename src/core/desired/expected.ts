/**
 * Which units are expected to run: the ones that a fresh boot of this revision would have running (reboot
 * equivalence). Pure.
 */

import type { Desired, DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { listReferences } from "../units/references.ts";
import { sliceKeys } from "../units/ties.ts";
import { listInstallTargets } from "./enablement.ts";

/** Requirement kinds by which a unit that runs has others run with it (systemd.unit(5)). */
export const pullKeys = ["Unit.Wants", "Unit.Requires", "Unit.BindsTo", "Unit.Requisite", "Unit.Upholds"];

/**
 * A unit is expected when its intent is `running`; or it is enabled into a unit that is up now, or that is managed
 * and itself expected; or a managed expected unit requires or wants it. Who is only triggered by a timer, socket,
 * path or bus name is in none of these sets, so it is not expected.
 * @param leaving units that the same plan takes away: they pull nothing in any more
 */
export function findExpectedUnits(
  desired: Desired,
  observed: ReadonlyMap<string, ObservedUnit>,
  leaving: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const candidates = [...desired.units.values()].filter(
    (unit) => !unit.template && !unit.masked && unit.intent !== "stopped",
  );
  const expected = new Set(candidates.filter(({ intent }) => intent === "running").map(({ name }) => name));
  // Also one that the repository extends: whether that runs is not for the repository to say.
  const isForeignAndUp = (name: string) =>
    desired.units.get(name)?.owned !== true && !leaving.has(name) && isComingUp(observed.get(name));
  const extended = [...desired.units.values()].filter(({ owned, masked }) => !owned && !masked);
  const extendedAndUp = extended.filter(({ name }) => isForeignAndUp(name)).map(({ name }) => name);
  const isUp = (name: string) => expected.has(name) || isForeignAndUp(name);
  for (let before = -1; before !== expected.size; ) {
    before = expected.size;
    const pulled = listPulled(desired, new Set([...expected, ...extendedAndUp]));
    for (const unit of candidates) {
      if (expected.has(unit.name)) continue;
      if (pulled.has(unit.name) || isEnabledInto(unit, isUp)) expected.add(unit.name);
    }
  }
  return expected;
}

function isEnabledInto(unit: DesiredUnit, isUp: (name: string) => boolean): boolean {
  return (
    unit.declared && !unit.pulledIn && listInstallTargets(unit.name, unit.definition.settings).some(isUp)
  );
}

function listPulled(desired: Desired, running: ReadonlySet<string>): ReadonlySet<string> {
  const pulled = new Set<string>();
  for (const name of running) {
    const settings = desired.units.get(name)?.definition.settings ?? {};
    for (const key of [...pullKeys, ...sliceKeys])
      for (const unit of listReferences(settings, key, name)) pulled.add(unit);
  }
  return pulled;
}

/** During a boot the target itself is still inactive, but its start job is queued. */
function isComingUp(unit: ObservedUnit | undefined): boolean {
  if (unit === undefined) return false;
  return (
    ["active", "activating", "reloading", "refreshing"].includes(unit.activeState) || unit.job === "start"
  );
}

/** Names outside the desired units whose state decides what is expected. */
export function listDecidingUnits(desired: Desired): readonly string[] {
  const names = [...desired.units.values()].flatMap((unit) =>
    listInstallTargets(unit.name, unit.definition.settings),
  );
  return [...new Set(names)].filter((name) => !desired.units.has(name));
}
