/**
 * Matches paths of a layer against the directories that `layout` of gitops.yaml names: a directory, `.` for the top of the
 * layer, a pattern (`services/*`), or a pattern with everything below it (`systemd/**`). Pure.
 */
import { hasWildcard, matchesGlob } from "../units/glob.ts";
import { hasUnitType, isDropInDirectory } from "../units/unit-name.ts";
import { isKeptAway, isUserPlace } from "./passed-over.ts";

/** Whether a directory holds what belongs to the unit in its name: drop-ins or enablement links. */
export function isUnitDirectory(name: string): boolean {
  return isDropInDirectory(name) || isEnablementDirectory(name);
}

/** `multi-user.target.wants` (systemd.unit(5)). */
export function isEnablementDirectory(name: string): boolean {
  return /\.(wants|requires|upholds)$/.test(name);
}

/** Whether a directory of the layout is named by more than its own path. */
export function isPattern(directory: string): boolean {
  return directory === "." || hasWildcard(directory);
}

/**
 * The path below a unit directory of the layout; null when the path is not in it. In a plain directory everything is its
 * content. A pattern takes only files that lie directly in a matching directory, with their drop-in and enablement
 * directories; the rest of the repository is not meant by it. systemd searches a single directory, so a unit that a pattern
 * finds has only its name left. Everything else keeps the directories that the wildcards stand for: podman searches the
 * directories below its own, and a quadlet names the files beside it by relative paths.
 */
export function findUnitPath(directory: string, path: string): string | null {
  if (!isPattern(directory)) return findPath(directory, path);
  const parts = path.split("/");
  const owned = isUnitDirectory(parts.at(-2) ?? "") ? 2 : 1;
  const parents = parts.slice(0, -owned);
  if (!matchesDirectory(directory, parents)) return null;
  // The whole path tells the reader of the units that the file is for users.
  if (isUserPlace(parents) && !isUserPlace(directory.split("/"))) return path;
  const isUnit = owned === 2 || hasUnitType(path);
  // The directories tell the reader of the units that the file is kept away.
  const start = isUnit && !parents.some(isKeptAway) ? -owned : countFixed(directory);
  return parts.slice(start).join("/");
}

/** How many directories of a pattern come before its first wildcard. */
function countFixed(pattern: string): number {
  return pattern === "." ? 0 : pattern.split("/").findIndex(hasWildcard);
}

/** Directories of a host that a repository may have at its top, as in the root directory of the host. */
const hostDirectory = /^(?:etc|home|opt|root|srv|usr|var)\//;

/**
 * The path below a directory of files; null when the path is not in it. `.` means the directories of a host that lie at the
 * top; a README beside them is not one.
 */
export function findPath(directory: string, path: string): string | null {
  if (directory === ".") return hostDirectory.test(path) ? path : null;
  if (!hasWildcard(directory)) {
    return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : null;
  }
  const wanted = directory.split("/");
  const parts = path.split("/");
  if (parts.length <= wanted.length || !wanted.every((part, index) => matchesGlob(part, parts[index] ?? "")))
    return null;
  return parts.slice(wanted.length).join("/");
}

function matchesDirectory(directory: string, parents: readonly string[]): boolean {
  if (directory === ".") return parents.length === 0;
  const wanted = directory.split("/");
  const isDeep = wanted.at(-1) === "**";
  const fixed = isDeep ? wanted.slice(0, -1) : wanted;
  if (isDeep ? parents.length < fixed.length : parents.length !== fixed.length) return false;
  return fixed.every((part, index) => matchesGlob(part, parents[index] ?? ""));
}

/** Whether `path` is a plain directory of the layout, or a parent of one. A pattern has no certain parents. */
export function isLayoutParent(directory: string, path: string): boolean {
  return !isPattern(directory) && `${directory}/`.startsWith(`${path}/`);
}
