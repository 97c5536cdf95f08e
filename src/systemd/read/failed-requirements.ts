/**
 * Finds out which failed unit kept others from starting: systemd says of their jobs only that a dependency failed. Must not
 * change anything on the host.
 */
import type { Bus } from "../bus/bus.ts";
import { readEach } from "./listed-units.ts";
import { readProperties } from "./properties.ts";

/** As `readFailedRequirements` of ManagerPort. Follows the requirements of a unit that has not failed itself. */
export async function readFailedRequirements(
  bus: Bus,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  const seen = new Set(names);
  let asked = names;
  while (asked.length > 0) {
    const next: string[] = [];
    for (const [unit, required] of await readEach(bus, asked, (row) => readRequired(bus, row))) {
      const fresh = required.filter((name) => !seen.has(name));
      for (const name of fresh) seen.add(name);
      const states = await readEach(bus, fresh, async ({ activeState }) => activeState);
      for (const [name, state] of states) {
        if (state === "failed") failed.set(name, unit);
        else if (state === "inactive") next.push(name);
      }
    }
    asked = next;
  }
  return failed;
}

async function readRequired(bus: Bus, row: Parameters<typeof readProperties>[1]): Promise<readonly string[]> {
  const { Requires, BindsTo, Requisite } = await readProperties(bus, row, [
    "Requires",
    "BindsTo",
    "Requisite",
  ]);
  return [...Requires, ...BindsTo, ...Requisite];
}
