/**
 * Decides which unit runs when several expected units conflict with each other (`Conflicts=`). Pure; plan/conflicts.ts
 * plans the jobs for them.
 *
 * A boot starts all of them in one transaction, and the unit that has the line wins. When both have the line, or when
 * another unit requires the loser, the winner is random. Measured on systemd 252 and 257.
 */

import type { DesiredUnit } from "../model/desired.ts";
import type { Observed } from "../model/observed.ts";
import { isUp } from "../units/activity.ts";
import { listReferences } from "../units/references.ts";

export type Units = ReadonlyMap<string, DesiredUnit>;

/** Unit → the units in conflict with it, whichever of the two has the line. */
type Rivals = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Chooses among expected units in conflict. A unit that no other unit's `Conflicts=` names comes first; then a unit
 * that already runs, so that a random choice interrupts nothing; then the order of names.
 * @returns each unit that cannot run → the unit that runs instead
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

/** The conflicts among the given units. */
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
