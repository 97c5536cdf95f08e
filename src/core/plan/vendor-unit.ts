/** Finds units of the distribution. A file of the same name in the unit directory hides such a unit. Pure. */

import type { Desired } from "../model/desired.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";
import { parseInstance } from "../units/unit-name.ts";

/**
 * Paths to observe before a plan is made: where the distribution may have the units that git does not define any more.
 */
export function listVendorPlaces(desired: Desired, applied: Inventory): readonly string[] {
  return Object.entries(applied.files)
    .filter(
      ([path, { role, foundLink }]) =>
        (role === "fragment" || role === "mask" || foundLink !== undefined) && !desired.files.has(path),
    )
    .flatMap(([, { unit }]) => (unit === null ? [] : listPlaces(unit, desired.layout)));
}

/** Whether a link leads to the distribution's file of the unit, or of its template. */
export function leadsToVendorFile(target: string, unit: string, { vendorDirectories }: HostLayout): boolean {
  const names = [unit, parseInstance(unit)?.template];
  return vendorDirectories.some((directory) => names.some((name) => target === `${directory}/${name}`));
}

/** @returns the file that systemd uses when the unit directory has none; null when there is none, or only a mask */
export function findVendorFile(
  unit: string,
  observed: ReadonlyMap<string, ObservedFile>,
  layout: HostLayout,
): string | null {
  for (const place of listPlaces(unit, layout)) {
    const found = observed.get(place);
    if (found === undefined || found.kind === "absent" || found.kind === "other") continue;
    return found.kind === "link" && found.linkTarget === "/dev/null" ? null : place;
  }
  return null;
}

function listPlaces(unit: string, { vendorDirectories }: HostLayout): readonly string[] {
  return vendorDirectories.map((directory) => `${directory}/${unit}`);
}
