/** Rows of units as systemd lists them, by the names that were asked for. Every reading of units begins with them. */
import type { ListedUnit } from "../../core/model/unit-state.ts";
import { isTemplateName, isUnitName } from "../../core/units/unit-name.ts";
import { askEach } from "../bus/ask-each.ts";
import type { Bus } from "../bus/bus.ts";
import { listUnitsByNames, type UnitRow } from "../bus/manager-calls.ts";

/**
 * Whether `name` is the name of a unit and not of a template. For any other name systemd refuses or skips the
 * question.
 */
export function isAskableName(name: string): boolean {
  return (isUnitName(name) || isManagerMadeName(name)) && !isTemplateName(name);
}

// Scopes and devices have no unit files, so `isUnitName` of core does not accept them.
function isManagerMadeName(name: string): boolean {
  return name.length <= 255 && /^[A-Za-z0-9:_.\\-][A-Za-z0-9:_.\\@-]*\.(scope|device)$/.test(name);
}

/** True when systemd has no definition of the unit and it does not run. */
export function isUnknown(row: UnitRow): boolean {
  return row.loadState === "not-found" && row.activeState === "inactive";
}

/**
 * The result of `read` for the row of each unit, by the name that was asked for. Names are left out when `read` gives
 * null, and when systemd cannot be asked about them.
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

/** The row of a name that systemd cannot be asked about. */
export function describeUnasked(name: string): ListedUnit {
  const loadState = isTemplateName(name) ? "template" : "not-found";
  return { name, loadState, activeState: "inactive", subState: "dead", job: null };
}
