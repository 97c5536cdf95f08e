/**
 * A unit's effective definition: fragment and drop-ins merged by systemd's rules (systemd.unit(5)). Pure; knows
 * nothing of what a key means.
 */
import type { SnapshotFile } from "./state.ts";
import { parseUnitFile } from "./unit-file.ts";

/** `Section.Key` → values in order. A leading empty value records that the list was reset. */
export type Settings = Readonly<Record<string, readonly string[]>>;

export interface MergedSettings {
  readonly settings: Settings;
  /** `Section.Key` → `file:line` of the assignment that counts last. */
  readonly locations: Readonly<Record<string, string>>;
}

/**
 * Merges in the given order. An empty assignment drops what came before it, also across files. Whether a key is a
 * list or a scalar does not matter for comparison: all values since the last reset are kept.
 */
export function mergeSettings(files: readonly SnapshotFile[]): MergedSettings {
  const settings = new Map<string, string[]>();
  const locations = new Map<string, string>();
  for (const file of files) {
    for (const { section, key, value, line } of parseUnitFile(file.bytes).assignments) {
      const name = `${section}.${key}`;
      const values = value === "" ? [""] : [...(settings.get(name) ?? []), value];
      settings.set(name, values);
      locations.set(name, `${file.path}:${line}`);
    }
  }
  return { settings: Object.fromEntries(settings), locations: Object.fromEntries(locations) };
}

/** All words of a list key such as Wants=, after resets. */
export function listWords(settings: Settings, name: string): readonly string[] {
  return (settings[name] ?? []).flatMap((value) => value.split(/\s+/)).filter((word) => word !== "");
}

/** The value that counts for a scalar key. */
export function lastValue(settings: Settings, name: string): string | null {
  return settings[name]?.at(-1) ?? null;
}

/** systemd's boolean words (parse_boolean). */
export function isTrue(value: string | null): boolean {
  return value !== null && ["1", "yes", "y", "true", "t", "on"].includes(value.toLowerCase());
}

/** True when two definitions' values agree key by key. */
export function areSameValues(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}
