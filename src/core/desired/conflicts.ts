/**
 * Units that cannot run beside each other (`Conflicts=`): which of those that are to run does run. Pure; what a plan does about
 * the others is plan/conflicts.ts.
 *
 * A boot starts both in one transaction, where the one that has the line wins. Where each has it, and where something requires the
 * loser, chance decides. Measured on systemd 252 and 257.
 */

import type { DesiredUnit } from "../model/desired.ts";
import type { Observed } from "../model/observed.ts";
import { isUp } from "../units/activity.ts";
import { listReferences } from "../units/references.ts";

export type Units = ReadonlyMap<string, DesiredUnit>;

/** Unit → those in conflict with it, whichever of the two has the line. */
type Rivals = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Which of the expected units cannot run, and beside which other one. One that no other has a `Conflicts=` against comes first;
 * then one that runs, so that chance interrupts nothing.
 */
export function findReplaced(
  units: Units,
  observed: Observed["units"],
  expected: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const among = new Map([...units].filter(([name]) => expected.has(name)));
  const rivals = listRivals(among);
  const objects = new Set([...among.values()].flatMap(listConflicts));
  const rank = (name: string) =>
    [objects.has(name) ? 1 : 0, isUp(observed.get(name)) ? 0 : 1, name].join(" ");
  const chosen = new Set<string>();
  const replaced = new Map<string, string>();
  for (const name of [...rivals.keys()].sort((left, right) => (rank(left) < rank(right) ? -1 : 1))) {
    const winner = [...(rivals.get(name) ?? [])].find((rival) => chosen.has(rival));
    if (winner === undefined) chosen.add(name);
    else replaced.set(name, winner);
  }
  return replaced;
}

/** The conflicts among the units given. */
export function listRivals(units: Units): Rivals {
  const rivals = new Map<string, Set<string>>();
  const add = (name: string, rival: string) => rivals.set(name, (rivals.get(name) ?? new Set()).add(rival));
  for (const unit of units.values()) {
    for (const other of listConflicts(unit)) {
      if (other === unit.name || !units.has(other)) continue;
      add(unit.name, other);
      add(other, unit.name);
    }
  }
  return rivals;
}

export function listConflicts({ name, definition }: DesiredUnit): readonly string[] {
  return listReferences(definition.settings, "Unit.Conflicts", name);
}
