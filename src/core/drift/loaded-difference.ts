/** Compares what systemd has loaded of a unit with what was applied, for people. Pure. */
import type { LoadedDifference } from "../model/drift-details.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LoadedUnit } from "../model/observed.ts";
import { parseUnitFile } from "../units/unit-file.ts";

/** `Section.Key` of each setting in a unit file, once. */
export function listSettings(bytes: Uint8Array): readonly string[] {
  const { assignments } = parseUnitFile(bytes);
  return [...new Set(assignments.map(({ section, key }) => `${section}.${key}`))];
}

/** The drop-ins that systemd has loaded and that the agent did not write. */
export function listStrangeDropIns(
  { dropInPaths }: Pick<LoadedUnit, "dropInPaths">,
  { files }: Pick<Inventory, "files">,
): readonly string[] {
  return dropInPaths.filter((path) => files[path] === undefined);
}

/** The files of the unit that the agent wrote and that systemd has not loaded. */
export function listUnloadedFiles(
  unit: string,
  { fragmentPath, dropInPaths }: Pick<LoadedUnit, "fragmentPath" | "dropInPaths">,
  { files }: Pick<Inventory, "files">,
): readonly string[] {
  return Object.entries(files).flatMap(([path, file]) => {
    const isDefining = file.unit === unit && (file.role === "fragment" || file.role === "drop-in");
    return isDefining && path !== fragmentPath && !dropInPaths.includes(path) ? [path] : [];
  });
}

/**
 * Leaves out values that are in git word for word as systemd tells them.
 * @param values `Section.Key` → systemd's value; null for one that systemd does not tell
 */
export function compareLoaded(
  unit: string,
  { fragmentPath, dropInPaths, needDaemonReload }: LoadedUnit,
  values: ReadonlyMap<string, string | null>,
  { files, units }: Pick<Inventory, "files" | "units">,
): LoadedDifference {
  const settings = units[unit]?.definition.settings ?? {};
  return {
    unit,
    fragment: fragmentPath,
    needsReload: needDaemonReload,
    dropIns: dropInPaths.map((path) => ({ path, isFromGit: files[path] !== undefined })),
    values: [...values].flatMap(([setting, loaded]) => {
      const git = settings[setting]?.join(" ") ?? null;
      return git !== null && git === loaded ? [] : [{ setting, git, loaded }];
    }),
  };
}
