/**
 * Finds the units that are expected to run: those that would run after a fresh boot of this revision (reboot
 * equivalence). Pure.
 */

import type { Desired, DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { listReferences, pullKeys } from "../units/references.ts";
import { sliceKeys } from "../units/ties.ts";
import { findReplaced } from "./conflicts.ts";
import { listPullers } from "./enablement.ts";

/** Requirements without which a unit does not start. */
const hardKeys = ["Unit.Requires", "Unit.BindsTo", "Unit.Requisite"];

export interface Expectation {
  readonly expected: ReadonlySet<string>;
  /** Unit that would be expected, but conflicts with an expected unit → why, as a sentence that begins with `it`. */
  readonly replaced: ReadonlyMap<string, string>;
}

/**
 * A unit is expected when
 * - its intent is `running`; or
 * - it is enabled into a foreign unit that is up, or into an expected unit of the repository; or
 * - an expected unit of the repository, or a running unit that the repository extends, requires or wants it.
 *
 * A unit that only a timer, socket, path or bus name starts is not expected. Of units in conflict with each other, one
 * is expected.
 * @param leaving units that the same plan stops: a unit that is enabled into one of them is not expected for that
 *   reason
 */
export function findExpectedUnits(
  desired: Desired,
  observed: ReadonlyMap<string, ObservedUnit>,
  leaving: ReadonlySet<string> = new Set(),
): Expectation {
  const replaced = new Map<string, string>();
  for (;;) {
    const expected = pullInAll(desired, observed, leaving, replaced);
    const losers = findReplaced(desired.units, observed, expected);
    if (losers.size === 0) return { expected, replaced };
    for (const [name, winner] of losers) replaced.set(name, `it cannot run beside ${winner} (Conflicts=)`);
    addRequiring(desired, expected, replaced);
  }
}

/** Adds the expected units that require a unit which cannot run, directly or through other units. */
function addRequiring(desired: Desired, expected: ReadonlySet<string>, replaced: Map<string, string>): void {
  const queue = [...replaced.keys()];
  for (const required of queue) {
    for (const name of [...expected].filter((unit) => !replaced.has(unit))) {
      const settings = desired.units.get(name)?.definition.settings ?? {};
      const needed = hardKeys.flatMap((key) => listReferences(settings, key, name));
      if (!needed.includes(required)) continue;
      replaced.set(name, `it requires ${required}: ${replaced.get(required)}`);
      queue.push(name);
    }
  }
}

/** All units that are expected by the rules above, without those in `replaced`, which cannot run. */
function pullInAll(
  desired: Desired,
  observed: ReadonlyMap<string, ObservedUnit>,
  leaving: ReadonlySet<string>,
  replaced: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const candidates = [...desired.units.values()].filter(
    (unit) => !unit.template && !unit.masked && unit.intent !== "stopped" && !replaced.has(unit.name),
  );
  const expected = new Set(candidates.filter(({ intent }) => intent === "running").map(({ name }) => name));
  // A unit that the repository only extends counts as foreign: the repository does not decide whether it runs.
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
      const isEnabledInto = () => desired.derived.of(unit, listPullers).some(isUp);
      if (pulled.has(unit.name) || isEnabledInto()) expected.add(unit.name);
    }
  }
  return expected;
}

function listPulled({ units, derived }: Desired, running: ReadonlySet<string>): ReadonlySet<string> {
  const pulled = new Set<string>();
  for (const name of running) {
    const unit = units.get(name);
    if (unit !== undefined) for (const other of derived.of(unit, listPulledBy)) pulled.add(other);
  }
  return pulled;
}

function listPulledBy({ name, definition: { settings } }: DesiredUnit): readonly string[] {
  return [...pullKeys, ...sliceKeys].flatMap((key) => listReferences(settings, key, name));
}

/** During a boot the target itself is still inactive, but its start job is queued. */
function isComingUp(unit: ObservedUnit | undefined): boolean {
  if (unit === undefined) return false;
  return (
    ["active", "activating", "reloading", "refreshing"].includes(unit.activeState) || unit.job === "start"
  );
}

/** Units outside the repository whose state must be observed to find the expected units: those that pull units in. */
export function listDecidingUnits(desired: Desired): readonly string[] {
  const names = [...desired.units.values()].flatMap((unit) => desired.derived.of(unit, listPullers));
  return [...new Set(names)].filter((name) => !desired.units.has(name));
}
