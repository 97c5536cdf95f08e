/** Finds the units of a revision by which any other unit may be judged otherwise, and those that are judged by the host. */
import path from "node:path";
import { typeOfUnit } from "../../core/units/unit-name.ts";
import { isExecutable } from "./host-view.ts";
import { listOwners, type StagedUnits } from "./reach.ts";

/** What systemd itself makes units depend on, by their paths and by default (systemd.unit(5), "implicit dependencies"). */
const everywhere = new Set(["slice", "mount", "automount", "swap"]);
/** What systemd searches for a program without a path, on every distribution. */
const programPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];

/**
 * Names of units that any unit may depend on without naming them: those that the host has as well or mentions, drop-ins for
 * more than one unit, and all of them if one unit stops another.
 * @param hostNames what the host has and mentions
 */
export function listCommon(
  units: StagedUnits,
  subjects: ReadonlyMap<string, string>,
  hostNames: ReadonlySet<string>,
): ReadonlySet<string> {
  const names = [...units.keys()];
  if (hasConflict(units)) return new Set(names);
  return new Set(
    names.filter((name) => {
      const isPlain = subjects.has(name) || name.includes("@") || (units.get(name)?.targets.length ?? 0) > 0;
      return (
        !isPlain || everywhere.has(typeOfUnit(name)) || hostNames.has(name) || name.startsWith("systemd-")
      );
    }),
  );
}

/** Whether the start of a unit stops something that others depend on: the circle of orders may then be anywhere. */
function hasConflict(units: StagedUnits): boolean {
  const texts = [...units.values()].flatMap((unit) => unit.texts);
  const conflicting = new Set(texts.flatMap((text) => text.conflicting));
  if (conflicting.size === 0) return false;
  const isPattern = [...conflicting].some((name) => name.includes("%") || name.includes("@"));
  const depended = texts.flatMap(({ pulled, following }) => [...pulled, ...following]);
  return isPattern || [...units.keys(), ...depended].some((name) => conflicting.has(name));
}

/**
 * Tells whether the verdict on a unit follows from the texts of the revision and from the units of the host: all its programs
 * can be executed, as they could be before, and nothing else is asked of the host.
 */
export function tellSelfContained(units: StagedUnits): (name: string) => boolean {
  const programs = new Map<string, boolean>();
  const isThere = (program: string): boolean => {
    const known = programs.get(program);
    if (known !== undefined) return known;
    const places = path.isAbsolute(program) ? [program] : programPath.map((place) => `${place}/${program}`);
    const found = places.some(isExecutable);
    programs.set(program, found);
    return found;
  };
  return (name) => {
    // systemd-analyze does not take the name with a colon; a mount depends on devices.
    if (name.includes(":") || ["mount", "automount", "swap"].includes(typeOfUnit(name))) return false;
    const texts = [name, ...listOwners(name)].flatMap((owner) => units.get(owner)?.texts ?? []);
    return texts.every(({ isUnclear, programs: needed }) => !isUnclear && needed.every(isThere));
  };
}
