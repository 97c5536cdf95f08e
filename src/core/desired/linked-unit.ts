/**
 * Reads what a symlink of the repository points to: a unit as systemd would find it on the host, or one elsewhere in the
 * repository. Pure; says in one sentence why a link cannot be followed.
 */
import type { SnapshotFile } from "../model/snapshot.ts";
import { isTemplateName, isUnitName, parseInstance, typeOfUnit } from "../units/unit-name.ts";
import { findUnitAt, type UnitPlaces } from "./unit-places.ts";

/** Repository path of each unit file that the host gets → its path below the unit directory. */
export type UnitPaths = ReadonlyMap<string, string>;

/** The longest target that Linux has (PATH_MAX in path_resolution(7)). */
export const longestTarget = 4096;

/** How much of a target is shown: the reason behind it must not be cut off. */
const longestShown = 200;

export interface LinkedUnit {
  /** The unit's name. */
  readonly unit: string;
  /** What the link says on the host: as it is written, or the name where that leads nowhere on a host. */
  readonly linkTarget: string;
}

/**
 * Finds the unit that a link points to.
 * @param file the link
 * @param directory the absolute path of the directory on the host that the link goes to
 * @returns null when the link cannot be followed
 */
export function findLinkedUnit(
  file: SnapshotFile,
  directory: string,
  places: UnitPlaces,
  unitPaths: UnitPaths,
): LinkedUnit | null {
  const written = readTarget(file);
  if (written.length > longestTarget) return null;
  const onHost = written.startsWith("/") ? written : resolveLink(`${directory}/x`, written);
  const atHost = onHost === null ? null : findUnitAt(onHost, places);
  if (atHost !== null) return { unit: atHost, linkTarget: written };
  const relative = unitPaths.get(resolveLink(file.path, written) ?? "");
  return relative !== undefined && isUnitName(relative) ? { unit: relative, linkTarget: relative } : null;
}

/**
 * Whether systemd takes a link from `name` to `unit` as another name of the unit, or as an instance of the template. Any other link is
 * as if there were none (systemd.unit(5), "aliases"; measured on 252 and 257).
 */
export function mayHaveName(unit: string, name: string): boolean {
  if (typeOfUnit(unit) !== typeOfUnit(name)) return false;
  const instance = parseInstance(name)?.instance;
  if (instance !== undefined) return isTemplateName(unit) || parseInstance(unit)?.instance === instance;
  return isTemplateName(name) ? isTemplateName(unit) : !unit.includes("@");
}

/** The target of a link as it is written. */
export function readTarget({ bytes }: SnapshotFile): string {
  return new TextDecoder().decode(bytes);
}

/**
 * The path that a relative link at `path` leads to, `/`-separated; null for an absolute link, and for one that leaves the top.
 * No link on the way is followed.
 */
export function resolveLink(path: string, target: string): string | null {
  if (target.startsWith("/") || target.length > longestTarget) return null;
  const parts = path.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return null;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Why a link in a directory of units cannot be followed, and what to do. */
export function explainLink(
  name: string,
  file: SnapshotFile,
  linked: LinkedUnit | null,
): { readonly message: string; readonly hint: string } {
  const written = readTarget(file);
  const shown = written.length > longestShown ? `${written.slice(0, longestShown)}…` : written;
  const message = `points to ${JSON.stringify(shown)}`;
  const because = (reason: string, hint: string) => ({ message: `${message}, ${reason}`, hint });
  if (linked !== null) {
    return because(
      `and ${linked.unit} cannot have the name ${name}`,
      "an alias has the type of its unit; a template has templates as aliases, an instance those of the same instance, and any other unit neither",
    );
  }
  if (written.length > longestTarget) {
    return because("which is longer than a path can be", "commit the unit itself");
  }
  if (written.startsWith("/")) {
    return because(
      "where a host has no units",
      "let it point to a unit of the repository by a relative path, or to one of the distribution: /usr/lib/systemd/system/NAME",
    );
  }
  const inside = resolveLink(file.path, written);
  if (inside === null) return because("which is outside the repository", "commit the unit itself");
  return isUnitName(inside.slice(inside.lastIndexOf("/") + 1))
    ? because(
        "which is no unit that this host gets",
        "let layout in gitops.yaml name the directory of that unit, move the unit to a role of the host, or commit it itself",
      )
    : because("which is no unit", "commit the unit itself under its own name");
}
