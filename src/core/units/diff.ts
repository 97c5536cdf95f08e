/** Compares two definitions of one unit and says what the difference interrupts. Pure. */

import type { Definition } from "../model/desired.ts";
import type { ChangeClass } from "../model/plan.ts";
import { classifyKey, strongerOf } from "./change-class.ts";
import { listWords, orderedKeyOf, type Settings } from "./definition.ts";
import { familyOfSetting } from "./setting-kinds.ts";
import { areSameValues, isSameOrder } from "./setting-values.ts";

export interface Difference {
  /** `Section.Key`, `credential NAME` or the path of a managed file. */
  readonly subject: string;
  readonly class: Exclude<ChangeClass, "none">;
  /** Index of the first new value of the setting, from 0; null when nothing was added. */
  readonly newValue: number | null;
  /** For people: `Environment= changed`, `credential db-password changed`, `/etc/x changed`. */
  readonly text: string;
}

export interface DefinitionDiff {
  /** The strongest class of all differences; `none` when there are none. */
  readonly class: ChangeClass;
  readonly differences: readonly Difference[];
}

export const emptyDefinition: Definition = { settings: {}, credentials: {}, files: {} };

const noDifference: DefinitionDiff = { class: "none", differences: [] };

export function diffDefinitions(before: Definition, after: Definition): DefinitionDiff {
  // A unit that no commit has changed since it was applied: most units of most plans.
  if (before === after) return noDifference;
  const differences = [
    ...diffSettings(before, after),
    ...diffInputs(before.credentials, after.credentials, (name) => `credential ${name}`),
    ...diffInputs(before.files, after.files, (path) => path),
  ];
  const strongest = differences.reduce<ChangeClass>(
    (strength, difference) => strongerOf(strength, difference.class),
    "none",
  );
  return { class: strongest, differences };
}

function diffSettings(before: Definition, after: Definition): readonly Difference[] {
  return listDifferingSettings(before, after).map((name) => ({
    subject: name,
    class: classifySetting(name, before, after),
    newValue: findNewValue(before.settings[name] ?? [], after.settings[name] ?? []),
    text: `${nameForPeople(name)} ${wordOf(before.settings[name], after.settings[name])}`,
  }));
}

function findNewValue(before: readonly string[], after: readonly string[]): number | null {
  const index = after.findIndex((value) => !before.includes(value));
  return index < 0 ? null : index;
}

/** The names of settings that differ. A record of order is left out when a key of its family differs too. */
function listDifferingSettings(before: Definition, after: Definition): readonly string[] {
  const names = [...new Set([...Object.keys(before.settings), ...Object.keys(after.settings)])]
    .sort()
    .filter((name) => !isSameSetting(name, before.settings, after.settings));
  const families = new Set(names.map(familyOfSetting));
  return names.filter((name) => {
    const ordered = orderedKeyOf(name);
    return ordered === null || !families.has(ordered);
  });
}

function isSameSetting(name: string, before: Settings, after: Settings): boolean {
  const [left, right] = [before[name] ?? [], after[name] ?? []];
  if (orderedKeyOf(name) !== null) return isSameOrder(left, before, right, after);
  return areSameValues(name, left, right);
}

/** `Environment=`; `order of ListenStream= and its like` for a record of order. */
function nameForPeople(name: string): string {
  const ordered = orderedKeyOf(name);
  const key = (ordered ?? name).slice(name.indexOf(".") + 1);
  return ordered === null ? `${key}=` : `order of ${key}= and its like`;
}

/** A requirement without a new unit needs no job: there is nothing to pull in. */
function classifySetting(name: string, before: Definition, after: Definition): Exclude<ChangeClass, "none"> {
  const keyClass = classifyKey(orderedKeyOf(name) ?? name);
  if (keyClass !== "dependency") return keyClass;
  const known = new Set(listWords(before.settings, name));
  return listWords(after.settings, name).some((word) => !known.has(word)) ? "dependency" : "live";
}

function diffInputs(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  nameOf: (key: string) => string,
): readonly Difference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .filter((key) => before[key] !== after[key])
    .map((key) => ({
      subject: nameOf(key),
      class: "restart",
      newValue: null,
      text: `${nameOf(key)} ${wordOf(before[key], after[key])}`,
    }));
}

function wordOf(before: unknown, after: unknown): string {
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}
