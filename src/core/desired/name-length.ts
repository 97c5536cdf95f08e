/**
 * Finds names that are too long for a file system or systemd. Git allows them, and [Install] and instances can make
 * them. Pure.
 */

import type { Desired, HostFile } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";

/** NAME_MAX of Linux, in bytes. */
const longestFileName = 255;
/** systemd.unit(5). */
const longestUnitName = 255;

export function findLongNames({ units, files }: Pick<Desired, "units" | "files">): readonly Diagnostic[] {
  const ofUnits = [...units.values()]
    .filter(({ name }) => name.length > longestUnitName)
    .map(({ name, origins }) => describe(origins[0] ?? "gitops.yaml", "unit", name));
  const ofFiles = [...files.values()].flatMap((file) => {
    const name = findLongPart(file);
    return name === undefined ? [] : [describe(file.origin, "file", name)];
  });
  return [...ofUnits, ...ofFiles];
}

function findLongPart({ path }: HostFile): string | undefined {
  // No character of a string becomes more than three bytes.
  if (path.length * 3 <= longestFileName) return undefined;
  const encoder = new TextEncoder();
  return path.split("/").find((part) => encoder.encode(part).length > longestFileName);
}

function describe(file: string, kind: "unit" | "file", name: string): Diagnostic {
  const message = `makes a ${kind} of the name ${name.slice(0, 40)}…, which is longer than 255 bytes`;
  return { severity: "error", code: "name-too-long", file, message, hint: "use a shorter name" };
}
