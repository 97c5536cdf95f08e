/** Reads the ties of loaded units. Must not follow them, nor ask about units that systemd does not have. */
import type { Ties, UnitTie } from "../../core/model/observed.ts";
import { askEach } from "../bus/ask-each.ts";
import type { Bus } from "../bus/bus.ts";
import { listUnitsByNames, readProperty, type UnitRow, unitInterface } from "../bus/manager-calls.ts";
import { asTexts } from "../bus/values.ts";
import { isAskableName, isUnknown } from "./observed-units.ts";

/**
 * Properties that name the units which systemd stops or restarts with this one, and the key by which a person knows the tie
 * (org.freedesktop.systemd1(5), systemd.unit(5)). Slices and mounts are required by what is in them and below them.
 */
const alongProperties = {
  RequiredBy: "Requires",
  BoundBy: "BindsTo",
  RequisiteOf: "Requisite",
  ConsistsOf: "PartOf",
  PropagatesStopTo: "StopPropagatedFrom",
} as const;
/** Both directions end the other unit (systemd.unit(5), Conflicts=). */
const conflictProperties = ["Conflicts", "ConflictedBy"] as const;

/** As `readTies` of ManagerPort. */
export async function readUnitTies(bus: Bus, names: readonly string[]): Promise<Ties> {
  const askable = names.filter(isAskableName);
  const rows = askable.length === 0 ? [] : await listUnitsByNames(bus, askable);
  const known = rows.filter((row) => !isUnknown(row));
  const read = await askEach(
    known,
    async (row) => [row.name, await readAlong(bus, row), await readConflicts(bus, row)] as const,
  );
  return {
    along: new Map(read.map(([name, along]) => [name, along])),
    conflicts: new Map(read.map(([name, , conflicts]) => [name, conflicts])),
  };
}

async function readAlong(bus: Bus, row: UnitRow): Promise<readonly UnitTie[]> {
  const ties = await Promise.all(
    Object.entries(alongProperties).map(async ([property, key]) =>
      (await readNames(bus, row, property)).map((unit) => ({ unit, text: `${key}=${row.name}` })),
    ),
  );
  return ties.flat();
}

async function readConflicts(bus: Bus, row: UnitRow): Promise<readonly UnitTie[]> {
  const names = await Promise.all(conflictProperties.map((property) => readNames(bus, row, property)));
  return [...new Set(names.flat())].map((unit) => ({ unit, text: `Conflicts=${row.name}` }));
}

async function readNames(bus: Bus, row: UnitRow, property: string): Promise<readonly string[]> {
  return asTexts(await readProperty(bus, row.path, unitInterface, property), property);
}
