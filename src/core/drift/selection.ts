/** Which differences a person means by the name of a unit or by a path, and the exit code that they stand for. Pure. */
import type { Drift } from "../model/drift.ts";
import { ExitCode } from "../model/errors.ts";
import { isUnitName, listDropInDirectories, parseInstance } from "../units/unit-name.ts";
import { driftKinds } from "./kinds.ts";

/**
 * Whether the name is the path of the difference, or a unit that it is about: that unit, an instance of that template, or a unit
 * for which systemd reads that drop-in of several.
 */
export function isNamed({ unit, path }: Pick<Drift, "unit" | "path">, name: string): boolean {
  if (path === name) return true;
  if (unit !== null) return unit === name || unit === parseInstance(name)?.template;
  const directory = path?.split("/").at(-2) ?? "";
  return isUnitName(name) && listDropInDirectories(name).includes(directory);
}

/** The differences that the names mean; all of them without names. */
export function selectDrift<Found extends Pick<Drift, "unit" | "path">>(
  drift: readonly Found[],
  names: readonly string[],
): readonly Found[] {
  return names.length === 0 ? drift : drift.filter((found) => names.some((name) => isNamed(found, name)));
}

/** Those of the names that are neither a known unit nor the unit or the path of a difference. */
export function listUnknownDriftNames(
  names: readonly string[],
  drift: readonly Pick<Drift, "unit" | "path">[],
  units: readonly string[],
): readonly string[] {
  return names.filter((name) => !units.includes(name) && !drift.some((found) => isNamed(found, name)));
}

/** 3 with a difference that makes the host degraded, 1 with another one that counts, else 0. */
export function exitCodeOfDrift(drift: readonly Pick<Drift, "kind">[]): ExitCode {
  const weights = new Set(drift.map(({ kind }) => driftKinds[kind].weight));
  if (weights.has("failed")) return ExitCode.failed;
  return weights.has("differs") ? ExitCode.differences : ExitCode.inSync;
}
