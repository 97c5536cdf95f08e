/** Which drop-ins of a unit are in force, and in which order systemd reads them. Pure. */
import { listDropInDirectories } from "./unit-name.ts";

/**
 * The drop-ins that systemd reads for a unit, in its order. Of several with one file name only one is read: that of the first
 * of the unit's names, of the first place for it, of the most specific directory. Drop-ins for a whole type of unit come last
 * (systemd.unit(5); src/shared/dropin.c, unit_file_find_dropin_paths; measured on 252 and 257).
 * @param names the unit's own name, then its aliases
 * @param paths absolute paths of drop-ins, also of other units
 * @param parents where the directories of drop-ins lie, in the order in which systemd looks there
 */
export function selectDropInPaths(
  names: readonly string[],
  paths: Iterable<string>,
  parents: readonly string[],
): readonly string[] {
  const ranks = rankDirectories(names, parents);
  const chosen = new Map<string, { readonly path: string; readonly rank: number }>();
  for (const path of paths) {
    const slash = path.lastIndexOf("/");
    const rank = ranks.get(path.slice(0, slash));
    const name = path.slice(slash + 1);
    const known = chosen.get(name);
    if (rank === undefined || (known !== undefined && known.rank < rank)) continue;
    chosen.set(name, { path, rank });
  }
  return [...chosen].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, { path }]) => path);
}

function rankDirectories(names: readonly string[], parents: readonly string[]): ReadonlyMap<string, number> {
  const own = names.map(listDropInDirectories);
  const ofUnit = own.flatMap((list) =>
    parents.flatMap((parent) => list.slice(0, -1).map((name) => `${parent}/${name}`)),
  );
  const ofType = parents.map((parent) => `${parent}/${own[0]?.at(-1)}`);
  return new Map([...new Set([...ofUnit, ...ofType])].map((directory, rank) => [directory, rank]));
}

/** The file's name, by which systemd orders drop-ins. */
export function nameOfDropIn(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
