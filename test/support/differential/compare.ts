/** Our verdict on pairs against systemd's: runs the product's own path from repository files to a diff of definitions. */

import type { DesiredUnit } from "../../../src/core/state.ts";
import { type DefinitionDiff, diffDefinitions, emptyDefinition } from "../../../src/core/unit-diff.ts";
import type { Machine } from "../machine.ts";
import { build } from "../scenario.ts";
import type { Pair, UnitFiles } from "./pairs.ts";
import { listDifferences, type Properties } from "./properties.ts";
import { readUnprintable, showUnits, type UnitExchange } from "./show.ts";

export interface Verdict {
  readonly pair: Pair;
  readonly ours: DefinitionDiff;
  /** Properties in which systemd sees a difference, with both values. */
  readonly theirs: readonly { readonly property: string; readonly values: readonly [string, string] }[];
}

/** Drop-ins that reach every unit of their type, in both versions; they are loaded with a whole batch of pairs. */
export interface SharedDropIns {
  readonly before: UnitFiles;
  readonly after: UnitFiles;
}

export async function judgePairs(
  machine: Machine,
  exchange: UnitExchange,
  pairs: readonly Pair[],
  shared: SharedDropIns,
): Promise<readonly Verdict[]> {
  const judge = async (version: "before" | "after") => {
    const files: UnitFiles = Object.assign({}, shared[version], ...pairs.map((pair) => pair[version]));
    await exchange.load(machine, files);
    return { ours: readDefinitions(files, pairs), theirs: await readProperties(machine, pairs) };
  };
  const before = await judge("before");
  const after = await judge("after");
  return pairs.map((pair, index) => ({
    pair,
    ours: diffDefinitions(
      before.ours.get(pair.unit)?.definition ?? emptyDefinition,
      after.ours.get(pair.unit)?.definition ?? emptyDefinition,
    ),
    theirs: compareShown(before.theirs[index] ?? {}, after.theirs[index] ?? {}),
  }));
}

/** Everything that systemd says of the units; the slow question only where a unit may have something to answer. */
async function readProperties(machine: Machine, pairs: readonly Pair[]): Promise<readonly Properties[]> {
  const shown = await showUnits(
    machine,
    pairs.map(({ unit }) => unit),
  );
  const asked = pairs.filter(({ before, after }) =>
    [before, after].some((files) =>
      /^\s*(?:Condition|Assert|(?:Load|Set)Credential)/m.test(Object.values(files).join("\n")),
    ),
  );
  const more = await readUnprintable(
    machine,
    asked.map(({ unit }) => unit),
  );
  const moreByUnit = new Map(asked.map(({ unit }, index) => [unit, more[index] ?? {}]));
  return pairs.map(({ unit }, index) => ({ ...shown[index], ...moreByUnit.get(unit) }));
}

function compareShown(left: Properties, right: Properties): Verdict["theirs"] {
  return listDifferences(left, right).map((property) => ({
    property,
    values: [left[property] ?? "(none)", right[property] ?? "(none)"] as const,
  }));
}

function readDefinitions(files: UnitFiles, pairs: readonly Pair[]): ReadonlyMap<string, DesiredUnit> {
  const inUnits = (tree: UnitFiles) =>
    Object.fromEntries(Object.entries(tree).map(([path, text]) => [`units/${path}`, text]));
  const links = pairs.flatMap(({ unit, template }) => (template === null ? [] : [[unit, template]]));
  const { desired, diagnostics } = build({
    files: inUnits(files),
    links: inUnits(Object.fromEntries(links)),
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`the pairs make no repository: ${JSON.stringify(errors)}`);
  return desired.units;
}

/** What systemd sees although we say that nothing which runs can tell: a bug. Keys that we call inert may show. */
export function findOversight({ ours, theirs }: Verdict): Verdict["theirs"] {
  if (!["none", "inert", "enablement"].includes(ours.class)) return [];
  const inert = ours.differences.map(({ subject }) => subject.slice(subject.indexOf(".") + 1));
  return theirs.filter(({ property }) => !inert.includes(property));
}

/** The keys for which we would restart although systemd sees nothing: the price of caution. */
export function listPrice({ ours, theirs }: Verdict): readonly string[] {
  if (ours.class !== "restart" || theirs.length > 0) return [];
  return ours.differences.filter((each) => each.class === "restart").map(({ subject }) => subject);
}

export function describeOversight(verdict: Verdict): string {
  const { pair, ours } = verdict;
  const show = (files: UnitFiles) =>
    Object.entries(files)
      .map(([path, text]) => `── ${path}\n${JSON.stringify(text).replaceAll("\\n", "\\n\n")}`)
      .join("\n");
  const seen = findOversight(verdict).map(
    ({ property, values }) => `${property}: ${values[0]}\n  became ${values[1]}`,
  );
  const said = `${ours.class} ${ours.differences.map(({ text }) => text).join(", ")}`;
  return [
    `${pair.unit} after: ${pair.edits.join(", ")}. We say ${said}; systemd sees`,
    ...seen,
    `before:\n${show(pair.before)}`,
    `after:\n${show(pair.after)}`,
  ].join("\n");
}
