/** Units of the distribution, which a file of the same name in /etc hides (systemd.unit(5), "Unit File Load Path"). Pure. */

import type { Desired } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";

/** Where systemd looks for a unit when /etc/systemd/system has none, in its order; the second last is that without merged /usr. */
const vendorDirectories = [
  "/run/systemd/system",
  "/run/systemd/generator",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
  "/run/systemd/generator.late",
];

/** Places to look at before a plan is made: where a unit may come from once git does not define it any more. */
export function listVendorPlaces(desired: Desired, applied: Inventory): readonly string[] {
  return Object.entries(applied.files)
    .filter(([path, { role }]) => (role === "fragment" || role === "mask") && !desired.files.has(path))
    .flatMap(([, { unit }]) => (unit === null ? [] : listPlaces(unit)));
}

/** @returns the file that systemd takes for the unit when /etc has none; null when there is none, or only a mask */
export function findVendorFile(unit: string, observed: ReadonlyMap<string, ObservedFile>): string | null {
  for (const place of listPlaces(unit)) {
    const found = observed.get(place);
    if (found === undefined || found.kind === "absent" || found.kind === "other") continue;
    return found.kind === "link" && found.linkTarget === "/dev/null" ? null : place;
  }
  return null;
}

function listPlaces(unit: string): readonly string[] {
  return vendorDirectories.map((directory) => `${directory}/${unit}`);
}
