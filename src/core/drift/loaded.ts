/**
 * Finds drift of the manager layer: units that systemd has loaded from other files than those that are on disk. Pure.
 *
 * Where a file of a unit has drifted itself, that is told, and not that systemd has loaded the edit or has not.
 */
import type { Drift, ManagerKind } from "../model/drift.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LoadedUnit } from "../model/observed.ts";
import { listDropInDirectories, parseInstance } from "../units/unit-name.ts";
import { isOwned } from "./places.ts";

export interface LoadedInput {
  readonly inventory: Pick<Inventory, "files" | "units" | "reloadOwed">;
  /** The units that systemd has in memory, and that were asked for. */
  readonly loaded: ReadonlyMap<string, LoadedUnit>;
  /** Drop-ins on disk that are not in git. */
  readonly foreignDropIns: ReadonlySet<string>;
  /** Whether the content of a file of the unit differs from what was applied, or somebody has added a drop-in. */
  hasFileDrift(unit: string): boolean;
  readonly layout: HostLayout;
}

/** Finds nothing while a daemon-reload is owed: then systemd has an older definition because of the agent's own writes. */
export function detectLoadedDrift(input: LoadedInput): readonly Drift[] {
  if (input.inventory.reloadOwed) return [];
  const files = groupFiles(input.inventory.files);
  return [...input.loaded].flatMap(([unit, loaded]) => {
    if (input.inventory.units[unit] === undefined || loaded.loadState !== "loaded") return [];
    const own = [unit, parseInstance(unit)?.template ?? ""].flatMap((name) => files.get(name) ?? []);
    if (input.hasFileDrift(unit)) return [];
    const shadow = findShadow(unit, loaded, own, input);
    if (shadow !== null) {
      return [
        describe("shadowed", unit, shadow, `systemd has loaded ${unit} from ${shadow}, which is not in git`),
      ];
    }
    const other = compareDropIns(unit, loaded, own, input);
    if (other !== null) return [describe("other-settings", unit, null, `${unit} is loaded ${other}`)];
    const message = `systemd has an older definition of ${unit} in memory than there is on disk`;
    return loaded.needDaemonReload ? [describe("needs-reload", unit, null, message)] : [];
  });
}

interface OwnFile {
  readonly path: string;
  readonly role: Inventory["files"][string]["role"];
}

function groupFiles(files: Inventory["files"]): ReadonlyMap<string, readonly OwnFile[]> {
  const groups = new Map<string, OwnFile[]>();
  for (const [path, { unit, role }] of Object.entries(files)) {
    if (unit === null) continue;
    const known = groups.get(unit);
    if (known === undefined) groups.set(unit, [{ path, role }]);
    else known.push({ path, role });
  }
  return groups;
}

/** The file that systemd has loaded in the place of git's; null when it is git's, or one that podman made of git's. */
function findShadow(
  unit: string,
  { fragmentPath }: LoadedUnit,
  own: readonly OwnFile[],
  { inventory, layout }: LoadedInput,
): string | null {
  if (fragmentPath === null || !isOwned(unit, inventory)) return null;
  if (own.some(({ role }) => role === "quadlet")) {
    return layout.generatorDirectories.some((directory) => fragmentPath === `${directory}/${unit}`)
      ? null
      : fragmentPath;
  }
  const fragments = own.filter(({ role }) => role === "fragment");
  if (fragments.length === 0) return null;
  return fragments.some(({ path }) => path === fragmentPath) ? null : fragmentPath;
}

/** How the loaded drop-ins differ from those on disk, in words; null when they do not. */
function compareDropIns(
  unit: string,
  { dropInPaths }: LoadedUnit,
  own: readonly OwnFile[],
  { inventory, foreignDropIns, layout }: LoadedInput,
): string | null {
  const isScanned = (path: string) =>
    [...layout.dropInParents, ...layout.vendorDropInParents].some((parent) => path.startsWith(`${parent}/`));
  const gone = isOwned(unit, inventory)
    ? dropInPaths.find(
        (path) => inventory.files[path] === undefined && !foreignDropIns.has(path) && isScanned(path),
      )
    : undefined;
  if (gone !== undefined) return `with ${gone}, which is gone`;
  const directories = new Set(listDropInDirectories(unit));
  const lacking = own.find(({ path, role }) => {
    const [directory = "", name = ""] = path.split("/").slice(-2);
    const isDropIn = role === "drop-in" || role === "credentials";
    return isDropIn && directories.has(directory) && !isInForce(name, path, dropInPaths);
  });
  return lacking === undefined ? null : `without ${lacking.path}`;
}

/** Whether the drop-in is loaded, or another one of its name: systemd loads only the first of them. */
function isInForce(name: string, path: string, dropInPaths: readonly string[]): boolean {
  return dropInPaths.some((loaded) => loaded === path || loaded.endsWith(`/${name}`));
}

function describe(kind: ManagerKind, unit: string, path: string | null, message: string): Drift {
  return { key: `${kind} ${unit}`, kind, unit, path, message };
}
