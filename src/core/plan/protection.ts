/** Protected units: no push may change them, so that a push cannot lock the administrator out. Pure. */

import type { Desired } from "../model/desired.ts";
import { hasWildcard, matchesGlob } from "../units/glob.ts";
import { alwaysProtected, defaultProtected, distributionAliases } from "./protected-units.ts";

/**
 * @param protect patterns of agent.yaml that protect more units
 * @param allowProtected patterns of agent.yaml that lift a default pattern
 */
export function createProtection(
  protect: readonly string[],
  allowProtected: readonly string[],
): (unit: string) => boolean {
  const isAlways = createMatcher(alwaysProtected);
  const isChosen = createMatcher(protect);
  const isDefault = createMatcher(defaultProtected);
  const isAllowed = createMatcher(allowProtected);
  return (unit) => isAlways(unit) || isChosen(unit) || (isDefault(unit) && !isAllowed(unit));
}

/** Each plan asks about every unit, and most of the patterns are plain names. */
function createMatcher(patterns: readonly string[]): (unit: string) => boolean {
  const names = new Set(patterns.filter((pattern) => !hasWildcard(pattern)));
  const globs = patterns.filter(hasWildcard);
  return (unit) => names.has(unit) || globs.some((pattern) => matchesGlob(pattern, unit));
}

/** The hint for a revision that defines a unit with a protected name. */
export function hintForProtected(unit: string): string {
  const matches = (pattern: string) => matchesGlob(pattern, unit);
  if (alwaysProtected.some(matches)) {
    return "change it by a drop-in, or take it out of the repository: no setting lets git own the agent's units";
  }
  return defaultProtected.some(matches)
    ? "change it by a drop-in, or list it under allow-protected (and not under protect) in the host's agent.yaml"
    : "change it by a drop-in, or take it out of protect in the host's agent.yaml";
}

/**
 * Protected names that a revision uses: for a unit, a mask, or an alias, which hides the unit of that name unless it is the
 * distribution's own.
 */
export function listProtectedClaims(
  { units, files }: Pick<Desired, "units" | "files">,
  isProtected: (unit: string) => boolean,
): readonly { readonly name: string; readonly origin: string }[] {
  const defined = [...units.values()]
    .filter(({ owned, masked, declared }) => (owned || masked) && declared)
    .map(({ name, origins }) => ({ name, origin: origins[0] ?? name }));
  const aliases = [...files.values()].flatMap((file) => {
    if (file.kind !== "link" || file.role !== "alias") return [];
    const name = nameAt(file.path);
    const isOwnAlias = distributionAliases.get(name)?.includes(nameAt(file.linkTarget)) === true;
    return isOwnAlias ? [] : [{ name, origin: file.origin }];
  });
  return [...defined, ...aliases].filter(({ name }) => isProtected(name));
}

function nameAt(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
