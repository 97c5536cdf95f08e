/**
 * A unit's effective definition: fragment and drop-ins merged by systemd's rules (systemd.unit(5)). Pure;
 * setting-kinds.ts says how a key is read, change-class.ts what its change interrupts.
 */

import type { SnapshotFile } from "../model/snapshot.ts";
import { familyOfSetting, isOrderedFamily, isResettable, kindOfSetting } from "./setting-kinds.ts";
import { parseUnitFile } from "./unit-file.ts";
import { isUnitName } from "./unit-name.ts";

/**
 * `Section.Key` → values in order. A leading empty value of a list records a reset, because a foreign file may have
 * filled the list before. `Section.Key order` → names of the keys that share a list with it, in the order of their
 * assignments.
 */
export type Settings = Readonly<Record<string, readonly string[]>>;

export type Locations = Readonly<Record<string, readonly string[]>>;

export interface MergedSettings {
  readonly settings: Settings;
  /** `Section.Key` → `file:line` of each of its values. */
  readonly locations: Locations;
}

const orderSuffix = " order";

/**
 * Merges in the given order: the unit's own file first, if it is among them, then the drop-ins. An empty assignment
 * drops the earlier values, also those of other files, when the key is known to work so. Other keys keep everything:
 * for some of them an empty value is a value, and for some it is a mistake that systemd ignores.
 */
export function mergeSettings(files: readonly SnapshotFile[]): MergedSettings {
  const merger = new Merger(startsWithFragment(files));
  for (const file of files) {
    for (const { section, key, value, line } of parseUnitFile(file.bytes).assignments) {
      merger.assign(`${section}.${key}`, value, `${file.path}:${line}`);
    }
  }
  return merger.finish();
}

/**
 * Whether our own fragment comes first, so that no foreign file precedes. Drop-ins alone extend a foreign unit's file.
 */
function startsWithFragment(files: readonly SnapshotFile[]): boolean {
  return isUnitName(files[0]?.path.split("/").at(-1) ?? "");
}

class Merger {
  private readonly settings = new Map<string, string[]>();
  private readonly locations = new Map<string, string[]>();
  /** Family → its keys in the order of their assignments. */
  private readonly sequences = new Map<string, string[]>();
  private readonly isComplete: boolean;

  constructor(isComplete: boolean) {
    this.isComplete = isComplete;
  }

  assign(name: string, value: string, location: string): void {
    const kind = kindOfSetting(name);
    if (value === "" && kind === "dependencies") return;
    const family = familyOfSetting(name);
    if (value === "" && isResettable(kind)) this.reset(name, family, location);
    else {
      append(this.settings, name, value);
      append(this.locations, name, location);
    }
    if (family !== null && isOrderedFamily(family) && value !== "") append(this.sequences, family, name);
  }

  finish(): MergedSettings {
    for (const [family, names] of this.sequences) {
      if (new Set(names).size > 1) this.settings.set(`${family}${orderSuffix}`, names);
    }
    return {
      settings: Object.fromEntries(this.settings),
      locations: Object.fromEntries(this.locations),
    };
  }

  private reset(name: string, family: string | null, location: string): void {
    const isDropped = (other: string) =>
      other === name || (family !== null && familyOfSetting(other) === family);
    for (const other of [...this.settings.keys()].filter(isDropped)) {
      this.settings.delete(other);
      this.locations.delete(other);
    }
    if (family !== null) this.sequences.delete(family);
    if (this.isComplete) return;
    this.settings.set(name, [""]);
    this.locations.set(name, [location]);
  }
}

function append(lists: Map<string, string[]>, name: string, value: string): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

/** The key that names the family whose order `name` records; null when `name` is not such a record. */
export function orderedKeyOf(name: string): string | null {
  return name.endsWith(orderSuffix) ? name.slice(0, -orderSuffix.length) : null;
}

/** All words of a list key such as Wants=, after resets. */
export function listWords(settings: Settings, name: string): readonly string[] {
  return (settings[name] ?? []).flatMap((value) => value.split(/\s+/)).filter((word) => word !== "");
}

/**
 * The last value of a key that takes one value; null without one. Empty values are ignored: systemd refuses them for
 * the keys that callers ask for, and keeps the earlier value (config_parse_bool and the like).
 */
export function lastValue(settings: Settings, name: string): string | null {
  return settings[name]?.findLast((value) => value !== "") ?? null;
}

/** systemd's boolean words (parse_boolean). */
export function isTrue(value: string | null): boolean {
  return value !== null && ["1", "yes", "y", "true", "t", "on"].includes(value.toLowerCase());
}
