/**
 * Ties: which units systemd also stops or restarts when it stops, restarts or starts another unit (systemd.unit(5)).
 * Read from definitions here; systemd/read/unit-ties.ts reads those that systemd has loaded. Pure.
 */

import type { Ties, TiesByOrigin, UnitTie } from "../model/observed.ts";
import type { Settings } from "./definition.ts";
import { listReferences } from "./references.ts";
import { serviceOfQuadlet } from "./unit-name.ts";

export const noTies: Ties = { along: new Map(), conflicts: new Map() };

/** Keys of a unit that name the units with which it is stopped and restarted. */
const bindingKeys = ["Requires", "BindsTo", "Requisite", "PartOf", "StopPropagatedFrom"] as const;
/** systemd.resource-control(5): a unit requires the slice that it is in. */
export const sliceKeys = ["Service", "Socket", "Mount", "Swap"].map((section) => `${section}.Slice`);
/**
 * podman-systemd.unit(5): the generator makes Requires= or BindsTo= from the name of another quadlet in one of these
 * keys.
 */
const quadletKeys = ["Network", "Volume", "Mount", "Pod", "Image"].flatMap((key) =>
  ["Container", "Pod", "Kube", "Volume", "Build"].map((section) => `${section}.${key}`),
);
const quadletReference = /(?<=^|[\s,=])[^\s:,=/]+\.(?:network|volume|pod|image|build|container)(?=$|[\s:,])/g;

/** The ties that the definitions contain. @param units name → merged settings */
export function readTies(units: ReadonlyMap<string, Settings>): Ties {
  const along = new Map<string, UnitTie[]>();
  const conflicts = new Map<string, UnitTie[]>();
  for (const [unit, settings] of units) {
    const references = (name: string) => listReferences(settings, name, unit);
    for (const key of bindingKeys) {
      for (const origin of references(`Unit.${key}`)) add(along, origin, unit, `${key}=${origin}`);
    }
    for (const name of sliceKeys) {
      for (const origin of references(name)) add(along, origin, unit, `Slice=${origin}`);
    }
    for (const follower of references("Unit.PropagatesStopTo")) {
      add(along, unit, follower, `StopPropagatedFrom=${unit}`);
    }
    for (const name of quadletKeys) {
      for (const quadlet of (settings[name] ?? []).flatMap((value) => value.match(quadletReference) ?? [])) {
        const key = name.slice(name.indexOf(".") + 1);
        add(along, serviceOfQuadlet(quadlet), unit, `${key}=${quadlet}`);
      }
    }
    for (const other of references("Unit.Conflicts")) {
      add(conflicts, other, unit, `Conflicts=${other}`);
      add(conflicts, unit, other, `Conflicts=${other} in ${unit}`);
    }
  }
  return { along, conflicts };
}

function add(ties: Map<string, UnitTie[]>, origin: string, unit: string, text: string): void {
  const known = ties.get(origin) ?? [];
  if (known.some((tie) => tie.unit === unit)) return;
  ties.set(origin, [...known, { unit, text }]);
}

/** All ties of both. When both have the same tie, the text of the first is kept. */
export function mergeTies(first: Ties, second: Ties): Ties {
  return {
    along: mergeByOrigin(first.along, second.along),
    conflicts: mergeByOrigin(first.conflicts, second.conflicts),
  };
}

function mergeByOrigin(first: TiesByOrigin, second: TiesByOrigin): TiesByOrigin {
  const merged = new Map([...first].map(([origin, ties]) => [origin, [...ties]]));
  for (const [origin, ties] of second) for (const { unit, text } of ties) add(merged, origin, unit, text);
  return merged;
}

/** Unit → its tie, `Requires=b.service`, for each that is tied to one of `origins`, directly or through others. */
export function followTies(ties: TiesByOrigin, origins: Iterable<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const own = new Set(origins);
  const queue = [...own];
  for (const origin of queue) {
    for (const { unit, text } of ties.get(origin) ?? []) {
      if (own.has(unit) || found.has(unit)) continue;
      found.set(unit, text);
      queue.push(unit);
    }
  }
  return found;
}
