/** Reads how systemd has tied one unit to others, in both directions, for people. Must not judge what a tie means. */
import type { UnitRelation } from "../../core/model/unit-details.ts";
import type { Bus } from "../bus/bus.ts";
import { listUnitsByPatterns } from "../bus/manager-calls.ts";
import { isUnknown, readEach } from "./listed-units.ts";
import { readProperties } from "./properties.ts";

/** org.freedesktop.systemd1(5): what this unit asks for, then who asks for it. */
const relations = [
  "Requires",
  "Requisite",
  "BindsTo",
  "Wants",
  "PartOf",
  "Triggers",
  "RequiredBy",
  "RequisiteOf",
  "BoundBy",
  "WantedBy",
  "ConsistsOf",
  "TriggeredBy",
] as const;

/** @throws AgentError `systemd-unreachable`, `systemd-refused` */
export async function readUnitRelations(bus: Bus, name: string): Promise<readonly UnitRelation[]> {
  const states = new Map((await listUnitsByPatterns(bus, [])).map((row) => [row.name, row.activeState]));
  const read = await readEach(bus, [name], async (row) =>
    isUnknown(row) ? null : readProperties(bus, row, relations),
  );
  const values = read.get(name) ?? null;
  if (values === null) return [];
  return relations.flatMap((relation) =>
    [...values[relation]]
      .sort()
      .map((unit) => ({ relation, unit, activeState: states.get(unit) ?? "unknown" })),
  );
}
