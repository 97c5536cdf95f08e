/** Finds what others have put where systemd reads it for units of git: drop-ins, links that enable, masks. Pure. */

import type { Drift, DriftKind } from "../model/drift.ts";
import type { AppliedUnit, Inventory } from "../model/inventory.ts";
import type { SeenFiles } from "./seen.ts";

const shownUnits = 3;

/**
 * What `detectDrift` does not find.
 * @param accepted drop-ins of packages that were there before the units that they change
 */
export function detectForeign(
  { files, units }: Pick<Inventory, "files" | "units">,
  seen: Pick<SeenFiles, "wideDropIns" | "links" | "masks">,
  accepted: ReadonlySet<string>,
): readonly Drift[] {
  const dropIns = [...seen.wideDropIns].filter(([path]) => !accepted.has(path));
  return [
    ...dropIns.map(([path, units]) => {
      const [only = null] = units.length === 1 ? units : [];
      return describe("foreign-drop-in", path, only, `${path} changes ${nameSome(units)}, but is not in git`);
    }),
    ...[...seen.links].map(([path, unit]) =>
      describe("enabled", path, unit, `${unit} is enabled by ${path}, which is not in git`),
    ),
    ...seen.masks
      .filter((path) => isOurs(units[unitAt(path)]))
      .map((path) => {
        const unit = unitAt(path);
        const own = findOwnFile(unit, files);
        const effect = own === null ? "" : `; it has an effect only without ${own}`;
        return describe("masked", path, unit, `${unit} is masked by ${path}, which is not in git${effect}`);
      }),
  ];
}

/**
 * The drop-ins of packages that are no drift: those that were there before the units that they change. At the first look
 * these are all; after that, one is added when it changes no unit of git.
 * @param before null at the first look
 */
export function acceptVendorDropIns(
  before: readonly string[] | null,
  seen: Pick<SeenFiles, "vendorDropIns" | "wideDropIns">,
): readonly string[] {
  const known = new Set(before ?? seen.vendorDropIns);
  return seen.vendorDropIns.filter((path) => known.has(path) || !seen.wideDropIns.has(path));
}

function unitAt(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A unit of others that was masked when git extended it was never expected to run, and stays their business. */
function isOurs(unit: AppliedUnit | undefined): boolean {
  return unit !== undefined && (unit.owned || unit.expected);
}

/** The unit's own file of git, which systemd prefers to a mask at a later place. */
function findOwnFile(unit: string, files: Inventory["files"]): string | null {
  const own = Object.entries(files).find(
    ([path, file]) => file.role === "fragment" && path.endsWith(`/${unit}`),
  );
  return own?.[0] ?? null;
}

function nameSome(units: readonly string[]): string {
  const more = units.length - shownUnits;
  const shown = units.slice(0, shownUnits).join(", ");
  return more > 0 ? `${shown} and ${more} more units` : shown;
}

function describe(kind: DriftKind, path: string, unit: string | null, message: string): Drift {
  return { key: `${kind} ${path}`, kind, unit, path, message };
}
