/**
 * Reads which units systemd stops, restarts or ends together with loaded units. Must not follow these ties any further,
 * nor ask about units that systemd does not have.
 */
import type { Ties, UnitTie } from "../../core/model/observed.ts";
import type { Bus } from "../bus/bus.ts";
import type { UnitRow } from "../bus/manager-calls.ts";
import { isUnknown, readEach } from "./listed-units.ts";
import { readProperties } from "./properties.ts";

/**
 * Properties that name the units which systemd stops or restarts with this one, and the key of a unit file that makes
 * this tie (org.freedesktop.systemd1(5), systemd.unit(5)). The units in a slice, and those with paths below a mount,
 * require it.
 */
const alongProperties = [
  ["RequiredBy", "Requires"],
  ["BoundBy", "BindsTo"],
  ["RequisiteOf", "Requisite"],
  ["ConsistsOf", "PartOf"],
  ["PropagatesStopTo", "StopPropagatedFrom"],
] as const;

interface UnitTies {
  readonly name: string;
  readonly along: readonly UnitTie[];
  readonly conflicts: readonly UnitTie[];
}

/** @throws AgentError `systemd-unreachable`, `systemd-refused` */
export async function readUnitTies(bus: Bus, names: readonly string[]): Promise<Ties> {
  const read = await readEach(bus, names, async (row) => (isUnknown(row) ? null : readTies(bus, row)));
  const ties = [...read.values()];
  return {
    along: new Map(ties.map(({ name, along }) => [name, along])),
    conflicts: new Map(ties.map(({ name, conflicts }) => [name, conflicts])),
  };
}

async function readTies(bus: Bus, row: UnitRow): Promise<UnitTies> {
  const { name } = row;
  const asked = alongProperties.map(([property]) => property);
  // A start ends the other unit in both directions (systemd.unit(5), Conflicts=).
  const read = await readProperties(bus, row, [...asked, "Conflicts", "ConflictedBy"]);
  const conflicts = new Set([...read.Conflicts, ...read.ConflictedBy]);
  return {
    name,
    along: alongProperties.flatMap(([property, key]) =>
      read[property].map((unit) => ({ unit, text: `${key}=${name}` })),
    ),
    conflicts: [...conflicts].map((unit) => ({ unit, text: `Conflicts=${name}` })),
  };
}
