/** Asks the same of many units. Must not know what. */
import { askEach } from "../bus/ask-each.ts";
import type { Bus } from "../bus/bus.ts";
import { listUnitsByNames, type UnitRow } from "../bus/manager-calls.ts";
import { isAskableName } from "./observed-units.ts";

/**
 * What `find` gives for the units of these names, by name as it was asked for. Names that systemd cannot be asked about, and units
 * for which there is nothing (null), are not in it.
 * @throws AgentError `systemd-unreachable`, `systemd-refused`; and what `find` throws
 */
export async function findInRows<Finding>(
  bus: Bus,
  names: readonly string[],
  find: (row: UnitRow) => Promise<Finding | null>,
): Promise<ReadonlyMap<string, Finding>> {
  const askable = names.filter(isAskableName);
  const rows = await listUnitsByNames(bus, askable);
  const found = await askEach(rows, find);
  return new Map(
    askable.flatMap((name, index) => {
      const finding = found[index] ?? null;
      return finding === null ? [] : [[name, finding]];
    }),
  );
}
