/** Where units lie on a host, to understand links with an absolute path. Pure. */
import type { HostLayout } from "../model/host-layout.ts";
import { isUnitName } from "../units/unit-name.ts";

export type UnitPlaces = Pick<HostLayout, "unitDirectory" | "vendorDirectories">;

/** The unit whose file is at an absolute path; null when the path is not one in a directory of units. */
export function findUnitAt(path: string, { unitDirectory, vendorDirectories }: UnitPlaces): string | null {
  // On a merged file system /lib is /usr/lib, and older links still name it.
  const merged = vendorDirectories.flatMap((directory) =>
    directory.startsWith("/usr/lib/") ? [directory.slice("/usr".length)] : [],
  );
  const parent = [unitDirectory, ...vendorDirectories, ...merged].find((directory) =>
    path.startsWith(`${directory}/`),
  );
  const name = parent === undefined ? "" : path.slice(parent.length + 1);
  return isUnitName(name) ? name : null;
}
