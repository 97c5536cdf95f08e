/** Says where systemd looks for what changes the managed units: drop-in directories, and links that enable. Pure. */

import type { Inventory } from "../model/inventory.ts";
import { listDropInDirectories, parseInstance } from "../units/unit-name.ts";

type Applied = Pick<Inventory, "files" | "units">;

/** Whether git has the unit or its template. What else changes a unit of others is the business of others. */
export function isOwned(unit: string, { units }: Applied): boolean {
  const template = parseInstance(unit)?.template;
  return units[unit]?.owned === true || (template !== undefined && units[template]?.owned === true);
}

/**
 * Name of a drop-in directory → the units of git that systemd reads it for, by any of their names: `x.service.d`,
 * `foo-.service.d`, `service.d`, and those of an alias.
 */
export function mapDropInDirectories(
  applied: Applied,
  hasUnit: (name: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const aliases = mapAliases(applied);
  const units = new Map<string, string[]>();
  for (const unit of Object.keys(applied.units)) {
    if (!hasUnit(unit) || !isOwned(unit, applied)) continue;
    const directories = [unit, ...(aliases.get(unit) ?? [])].flatMap(listDropInDirectories);
    for (const directory of new Set(directories)) {
      const known = units.get(directory);
      if (known === undefined) units.set(directory, [unit]);
      else known.push(unit);
    }
  }
  return units;
}

/** Unit → its other names. */
function mapAliases({ files }: Applied): ReadonlyMap<string, readonly string[]> {
  const aliases = new Map<string, string[]>();
  for (const [path, { role, unit }] of Object.entries(files)) {
    if (role !== "alias" || unit === null) continue;
    const name = path.slice(path.lastIndexOf("/") + 1);
    aliases.set(unit, [...(aliases.get(unit) ?? []), name]);
  }
  return aliases;
}

/** Whether the links in a directory pull units in (systemd.unit(5), "[Install] Section Options"). */
export function isPullingDirectory(directory: string): boolean {
  return /\.(wants|requires|upholds)$/.test(directory);
}
