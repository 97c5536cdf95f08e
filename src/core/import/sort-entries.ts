/**
 * Sorts what stands in the unit directory of a host by systemd's naming rules. Pure; does not decide what is taken.
 */
import { isEnablementDirectory } from "../desired/layout-paths.ts";
import { isDropInDirectory, isUnitName } from "../units/unit-name.ts";
import type { LocalEntry } from "./imported.ts";

export interface PlacedEntry {
  /** Path below the unit directory. */
  readonly relative: string;
  /** The unit that it belongs to. Of a drop-in directory for many units it is the name in front of `.d`. */
  readonly unit: string;
  readonly entry: LocalEntry;
}

export interface EnablementEntry extends PlacedEntry {
  /** `multi-user.target.wants` */
  readonly directory: string;
}

export interface SortedEntries {
  readonly fragments: readonly PlacedEntry[];
  readonly dropIns: readonly PlacedEntry[];
  /** Links in the place of a unit: aliases, instances, masks, and units that lie elsewhere. */
  readonly links: readonly PlacedEntry[];
  readonly enablement: readonly EnablementEntry[];
  /** What systemd does not read there. */
  readonly others: readonly PlacedEntry[];
}

/** @param entries all below `unitDirectory` */
export function sortEntries(entries: readonly LocalEntry[], unitDirectory: string): SortedEntries {
  const sorted = {
    fragments: [] as PlacedEntry[],
    dropIns: [] as PlacedEntry[],
    links: [] as PlacedEntry[],
    enablement: [] as EnablementEntry[],
    others: [] as PlacedEntry[],
  };
  for (const entry of entries) {
    const relative = entry.path.slice(unitDirectory.length + 1);
    const [directory = "", name, ...deeper] = relative.split("/");
    if (name === undefined && isUnitName(directory)) {
      const kind = entry.kind === "link" ? "links" : "fragments";
      sorted[kind].push({ relative, unit: directory, entry });
    } else if (name?.endsWith(".conf") && isDropInDirectory(directory) && deeper.length === 0) {
      sorted.dropIns.push({ relative, unit: directory.slice(0, -".d".length), entry });
    } else if (
      name !== undefined &&
      isEnablementDirectory(directory) &&
      deeper.length === 0 &&
      isUnitName(name)
    ) {
      sorted.enablement.push({ relative, unit: name, entry, directory });
    } else sorted.others.push({ relative, unit: directory, entry });
  }
  return sorted;
}
