/** What systemd lists of units, under the names that it was asked by: where every reading of units begins. */
import type { ListedUnit } from "../../core/model/unit-state.ts";
import { isTemplateName, isUnitName } from "../../core/units/unit-name.ts";
import { askEach } from "../bus/ask-each.ts";
import type { Bus } from "../bus/bus.ts";
import { listUnitsByNames, type UnitRow } from "../bus/manager-calls.ts";

/** Whether systemd can be asked about it without refusing the whole question: a name of a unit and not of a template. */
export function isAskableName(name: string): boolean {
  return (isUnitName(name) || isManagerMadeName(name)) && !isTemplateName(name);
}

// Scopes and devices have no unit files, so core/unit-name does not count them in.
function isManagerMadeName(name: string): boolean {
  return name.length <= 255 && /^[A-Za-z0-9:_.\\-][A-Za-z0-9:_.\\@-]*\.(scope|device)$/.test(name);
}

/** True when systemd has neither a definition nor a process of it. */
export function isUnknown(row: UnitRow): boolean {
  return row.loadState === "not-found" && row.activeState === "inactive";
}

/**
 * What `read` makes of the row of each unit, by the name it was asked by; without those of which it makes null, and without
 * names that systemd cannot be asked about.
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
export async function readEach<Result>(
  bus: Bus,
  names: readonly string[],
  read: (row: UnitRow) => Promise<Result | null>,
): Promise<ReadonlyMap<string, Result>> {
  const askable = names.filter(isAskableName);
  const found = await askEach(await listUnitsByNames(bus, askable), read);
  return new Map(
    askable.flatMap((name, index): [string, Result][] => {
      const result = found[index] ?? null;
      return result === null ? [] : [[name, result]];
    }),
  );
}

export function toListed({ name, loadState, activeState, subState, job }: UnitRow): ListedUnit {
  return { name, loadState, activeState, subState, job: job?.type ?? null };
}

/** Of a name that systemd cannot be asked about. */
export function describeUnasked(name: string): ListedUnit {
  const loadState = isTemplateName(name) ? "template" : "not-found";
  return { name, loadState, activeState: "inactive", subState: "dead", job: null };
}
