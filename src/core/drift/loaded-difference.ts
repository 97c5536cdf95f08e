/** Compares what systemd has loaded of a unit with what was applied, for people. Pure. */
import type { LoadedDifference } from "../model/drift-details.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LoadedUnit } from "../model/loaded-unit.ts";
import { parseUnitFile } from "../units/unit-file.ts";

/** `Section.Key` of each setting in a unit file, once. */
export function listSettings(bytes: Uint8Array): readonly string[] {
  const { assignments } = parseUnitFile(bytes);
  return [...new Set(assignments.map(({ section, key }) => `${section}.${key}`))];
}

/** The drop-ins that systemd has loaded and that the agent did not write. */
export function listStrangeDropIns(
  { dropIns }: Pick<LoadedUnit, "dropIns">,
  { files }: Pick<Inventory, "files">,
): readonly string[] {
  return dropIns.filter((path) => files[path] === undefined);
}

/** The files of the unit that the agent wrote and that systemd has not loaded. */
export function listUnloadedFiles(
  { unit, fragment, dropIns }: Pick<LoadedUnit, "unit" | "fragment" | "dropIns">,
  { files }: Pick<Inventory, "files">,
): readonly string[] {
  return Object.entries(files).flatMap(([path, file]) => {
    const isDefining = file.unit === unit && (file.role === "fragment" || file.role === "drop-in");
    return isDefining && path !== fragment && !dropIns.includes(path) ? [path] : [];
  });
}

/** Leaves out values that are in git word for word as systemd tells them. */
export function compareLoaded(
  { unit, fragment, dropIns, needsReload, values }: LoadedUnit,
  { files, units }: Pick<Inventory, "files" | "units">,
): LoadedDifference {
  const settings = units[unit]?.definition.settings ?? {};
  return {
    unit,
    fragment,
    needsReload,
    dropIns: dropIns.map((path) => ({ path, isFromGit: files[path] !== undefined })),
    values: [...values].flatMap(([setting, loaded]) => {
      const git = settings[setting]?.join(" ") ?? null;
      return git !== null && git === loaded ? [] : [{ setting, git, loaded }];
    }),
  };
}
