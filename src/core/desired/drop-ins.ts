/** Selects the drop-ins of a unit: the repository's, and the generated ones that deliver credentials. Pure. */
import type { FileEntry } from "../model/desired.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import type { Locations } from "../units/definition.ts";
import { listDropInDirectories } from "../units/unit-name.ts";
import type { UnitAliases } from "./aliases.ts";
import type { UnitLayer } from "./unit-layer.ts";

/** Directory name (`web.service.d`) → file name → file. */
export type DropIns = ReadonlyMap<string, ReadonlyMap<string, SnapshotFile>>;

/** The repository's drop-ins together with the generated ones. */
export function joinDropIns(layer: UnitLayer, generated: readonly FileEntry[]): DropIns {
  const joined = new Map([...layer.dropIns].map(([directory, files]) => [directory, new Map(files)]));
  for (const { path, bytes, digest, origin } of generated) {
    const [directory = "", name = ""] = path.split("/").slice(-2);
    const files = joined.get(directory) ?? new Map<string, SnapshotFile>();
    joined.set(directory, files.set(name, { path: origin, mode: "file", bytes, blob: digest }));
  }
  return joined;
}

/** The drop-ins of a unit in the order in which systemd reads them: one for each file name, sorted by it. */
export function selectDropIns(
  { name: unit, quadlet }: { readonly name: string; readonly quadlet: string | null },
  dropIns: DropIns,
  aliases: UnitAliases,
): readonly SnapshotFile[] {
  const own = listDropInDirectories(unit);
  const directories = [
    ...(quadlet === null ? [] : listDropInDirectories(quadlet)),
    ...own.slice(0, -1),
    ...aliases.listAliasesOf(unit).flatMap((alias) => listDropInDirectories(alias).slice(0, -1)),
    ...own.slice(-1),
  ];
  return chooseDropIns(directories, dropIns).map(([, file]) => file);
}

/** The drop-ins of a quadlet's own, as podman's generator reads them, that come before the one of a name. */
export function selectQuadletDropIns(
  quadlet: string,
  dropIns: DropIns,
  before: string,
): readonly SnapshotFile[] {
  return chooseDropIns(listDropInDirectories(quadlet), dropIns).flatMap(([name, file]) =>
    name < before ? [file] : [],
  );
}

/** Of drop-ins with one name the first counts. */
function chooseDropIns(
  directories: readonly string[],
  dropIns: DropIns,
): readonly (readonly [name: string, file: SnapshotFile])[] {
  const chosen = new Map<string, SnapshotFile>();
  for (const directory of directories) {
    for (const [name, file] of dropIns.get(directory) ?? []) {
      if (!chosen.has(name)) chosen.set(name, file);
    }
  }
  return [...chosen].sort(([left], [right]) => (left < right ? -1 : 1));
}

/**
 * Removes the line numbers of generated drop-ins: their lines are not in the secret file that is their origin.
 * @param origins of the generated drop-ins
 */
export function dropGeneratedLines(locations: Locations, origins: ReadonlySet<string>): Locations {
  if (origins.size === 0) return locations;
  const shorten = (place: string) => {
    const file = place.replace(/:\d+$/, "");
    return origins.has(file) ? file : place;
  };
  return Object.fromEntries(Object.entries(locations).map(([key, places]) => [key, places.map(shorten)]));
}
