/** Rows of units as systemd lists them, by the names that were asked for. Every reading of units begins with them. */
import type { ListedUnit } from "../../core/model/unit-state.ts";
import { isTemplateName, isUnitName } from "../../core/units/unit-name.ts";
import { askEach } from "../bus/ask-each.ts";
import type { Bus } from "../bus/bus.ts";
import { listUnitsByNames, listUnitsByPatterns, type UnitRow } from "../bus/manager-calls.ts";

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

// For so few names, listing all units in memory costs more than it saves.
const fewNames = 32;

interface Row {
  readonly row: UnitRow;
  /**
   * systemd has the unit on disk only, not in memory: for systemd it has no past and no relations. Each property that is read
   * makes systemd load all of the unit's files and drop them again, which takes seconds for many units. Always false when
   * few units are asked for.
   */
  readonly isResting: boolean;
}

/**
 * A row for each name, in their order. Only names that are not in memory, and aliases, are asked for by name: that makes
 * systemd look for their files.
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
async function listRows(bus: Bus, names: readonly string[]): Promise<readonly Row[]> {
  if (names.length <= fewNames) {
    return (await listUnitsByNames(bus, names)).map((row) => ({ row, isResting: false }));
  }
  const inMemory = new Map((await listUnitsByPatterns(bus, [])).map((row) => [row.name, row]));
  const others = names.filter((name) => !inMemory.has(name));
  const asked = await listUnitsByNames(bus, others);
  const found = new Map(others.map((name, index) => [name, asked[index]]));
  return names.flatMap((name) => {
    const row = inMemory.get(name) ?? found.get(name);
    if (row === undefined) return [];
    const isAtRest = row.activeState === "inactive" && row.job === null;
    return [{ row, isResting: isAtRest && !inMemory.has(row.name) }];
  });
}

/**
 * The result of `read` for the row of each unit, by the name that was asked for. Names are left out when `read` gives
 * null, and when systemd cannot be asked about them.
 * @param read gets the row, and whether the unit rests: see `Row`
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
export async function readEach<Result>(
  bus: Bus,
  names: readonly string[],
  read: (row: UnitRow, isResting: boolean) => Promise<Result | null>,
): Promise<ReadonlyMap<string, Result>> {
  const askable = names.filter(isAskableName);
  const rows = await listRows(bus, askable);
  const found = await askEach(rows, ({ row, isResting }) => read(row, isResting));
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
