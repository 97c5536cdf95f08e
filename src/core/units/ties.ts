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

/** A tie as one unit defines it. */
interface WrittenTie extends UnitTie {
  readonly kind: keyof Ties;
  readonly origin: string;
}

/** The ties that the definitions contain. @param units name → merged settings */
export function readTies(units: ReadonlyMap<string, Settings>): Ties {
  return joinTies([...units].map(([unit, settings]) => listTies(unit, settings)));
}

/** @param written the ties of each unit */
export function joinTies(written: Iterable<readonly WrittenTie[]>): Ties {
  const joined = { along: new Map<string, UnitTie[]>(), conflicts: new Map<string, UnitTie[]>() };
  for (const ties of written) {
    for (const { kind, origin, unit, text } of ties) add(joined[kind], origin, unit, text);
  }
  return joined;
}

/** The ties that one unit's definition contains. */
export function listTies(unit: string, settings: Settings): readonly WrittenTie[] {
  const references = (name: string) => listReferences(settings, name, unit);
  const along = (origin: string, tied: string, text: string) =>
    ({ kind: "along", origin, unit: tied, text }) as const;
  return [
    ...bindingKeys.flatMap((key) =>
      references(`Unit.${key}`).map((origin) => along(origin, unit, `${key}=${origin}`)),
    ),
    ...sliceKeys.flatMap((name) => references(name).map((origin) => along(origin, unit, `Slice=${origin}`))),
    ...references("Unit.PropagatesStopTo").map((follower) =>
      along(unit, follower, `StopPropagatedFrom=${unit}`),
    ),
    ...quadletKeys.flatMap((name) =>
      (settings[name] ?? [])
        .flatMap((value) => value.match(quadletReference) ?? [])
        .map((quadlet) =>
          along(serviceOfQuadlet(quadlet), unit, `${name.slice(name.indexOf(".") + 1)}=${quadlet}`),
        ),
    ),
    ...references("Unit.Conflicts").flatMap((other) => [
      { kind: "conflicts" as const, origin: other, unit, text: `Conflicts=${other}` },
      { kind: "conflicts" as const, origin: unit, unit: other, text: `Conflicts=${other} in ${unit}` },
    ]),
  ];
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
