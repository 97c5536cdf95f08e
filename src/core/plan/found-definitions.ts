/**
 * Finds units of the distribution whose file git now has in the unit directory, byte for byte: what runs has the definition
 * that git has. Pure.
 */
import type { Definition, Desired, FileEntry } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";
import { mergeSettings } from "../units/definition.ts";
import { parseInstance } from "../units/unit-name.ts";
import { isSameContent } from "./files.ts";
import { findVendorFile } from "./vendor-unit.ts";

export interface FoundDefinition {
  /** That of the file alone: drop-ins of git are new to the unit. */
  readonly definition: Definition;
  /** The distribution's file. */
  readonly path: string;
}

/** Unit or template → what it runs, for units that are new in git. */
export function findFoundDefinitions(
  desired: Desired,
  applied: Pick<Inventory, "files">,
  observed: ReadonlyMap<string, ObservedFile>,
): ReadonlyMap<string, FoundDefinition> {
  const found = new Map<string, FoundDefinition>();
  for (const { unit, file } of listNewFragments(desired, applied)) {
    const path = findVendorFile(unit, observed, desired.layout);
    const isHidden = (observed.get(file.path)?.kind ?? "absent") !== "absent";
    if (path === null || isHidden || !isSameContent(file, observed.get(path) ?? { kind: "absent" })) continue;
    const { settings } = mergeSettings([
      { path: file.origin, mode: "file", bytes: file.bytes, blob: file.digest },
    ]);
    const files = desired.units.get(unit)?.definition.files ?? {};
    found.set(unit, { path, definition: { settings, credentials: {}, files: keepSame(files, observed) } });
  }
  return found;
}

/** The unit files that no revision before had, with the names of their units. */
export function listNewFragments(
  { files }: Pick<Desired, "files">,
  applied: Pick<Inventory, "files">,
): readonly { readonly unit: string; readonly file: FileEntry }[] {
  return [...files.values()].flatMap((file) =>
    file.role === "fragment" &&
    file.kind === "file" &&
    file.unit !== null &&
    applied.files[file.path] === undefined
      ? [{ unit: file.unit, file }]
      : [],
  );
}

/** The mentioned files that are on the host already as git has them. */
function keepSame(
  files: Definition["files"],
  observed: ReadonlyMap<string, ObservedFile>,
): Definition["files"] {
  const isThere = (path: string, digest: string) => {
    const found = observed.get(path);
    return found?.kind === "file" && found.digest === digest;
  };
  return Object.fromEntries(Object.entries(files).filter(([path, digest]) => isThere(path, digest)));
}

/** For an instance that of its template. */
export function foundFor(
  unit: string,
  found: ReadonlyMap<string, FoundDefinition>,
): FoundDefinition | undefined {
  return found.get(unit) ?? found.get(parseInstance(unit)?.template ?? "");
}
