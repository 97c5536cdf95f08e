/** Our verdict on pairs against systemd's: runs the product's own path from repository files to a diff of definitions. */

import type { DesiredUnit } from "../../../src/core/model/desired.ts";
import { type DefinitionDiff, diffDefinitions, emptyDefinition } from "../../../src/core/units/diff.ts";
import type { Machine } from "../machine/machine.ts";
import { build } from "../values/scenario.ts";
import type { Pair, UnitFiles } from "./pairs.ts";
import { listDifferences, type Properties } from "./properties.ts";
import { readUnprintable, showUnits, type UnitExchange } from "./show.ts";

export interface Verdict {
  readonly pair: Pair;
  readonly ours: DefinitionDiff;
  /** Whether systemd loads neither version. */
  readonly isRefused: boolean;
  /** Properties in which systemd sees a difference, with both values. */
  readonly theirs: readonly { readonly property: string; readonly values: readonly [string, string] }[];
}

/** Classes of a change that we say nothing which runs can tell. */
const harmlessClasses: ReadonlySet<string> = new Set(["none", "inert", "enablement"]);

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
  const filesOf = (version: "before" | "after"): UnitFiles =>
    Object.assign({}, shared[version], ...pairs.map((pair) => pair[version]));
  const [before, after] = [filesOf("before"), filesOf("after")];
  const [oursBefore, oursAfter] = [readDefinitions(before, pairs), readDefinitions(after, pairs)];
  const diffs = pairs.map(({ unit }) =>
    diffDefinitions(
      oursBefore.get(unit)?.definition ?? emptyDefinition,
      oursAfter.get(unit)?.definition ?? emptyDefinition,
    ),
  );
  const asked = pairs.filter((pair, index) => needsSlowQuestion(pair, diffs[index])).map(({ unit }) => unit);
  await exchange.load(machine, before);
  const shownBefore = await readProperties(machine, pairs, asked);
  await exchange.load(machine, after);
  const shownAfter = await readProperties(machine, pairs, asked);
  return pairs.map((pair, index) => ({
    pair,
    ours: diffs[index] ?? { class: "none", differences: [] },
    theirs: compareShown(shownBefore[index] ?? {}, shownAfter[index] ?? {}),
    isRefused: [shownBefore, shownAfter].every((shown) => shown[index]?.["LoadState"] !== "loaded"),
  }));
}

/** Whether what `systemctl show` cannot print may decide between our verdict and systemd's. */
function needsSlowQuestion({ before, after }: Pair, diff: DefinitionDiff | undefined): boolean {
  const pattern = /^\s*(?:Condition|Assert|(?:Load|Set)Credential)/m;
  const isThere = [before, after].some((files) => pattern.test(Object.values(files).join("\n")));
  const isOpen =
    diff === undefined ||
    harmlessClasses.has(diff.class) ||
    diff.differences.some(({ subject }) => subject.includes("Credential"));
  return isThere && isOpen;
}

async function readProperties(
  machine: Machine,
  pairs: readonly Pair[],
  asked: readonly string[],
): Promise<readonly Properties[]> {
  const shown = await showUnits(
    machine,
    pairs.map(({ unit }) => unit),
  );
  const more = await readUnprintable(machine, asked);
  const moreByUnit = new Map(asked.map((unit, index) => [unit, more[index] ?? {}]));
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

/**
 * What systemd sees although we say that nothing which runs can tell: a bug. Keys that we call inert may show. Nothing can run with
 * a unit that systemd refuses in both versions; how far it had read when it gave up is chance.
 */
export function findOversight({ ours, theirs, isRefused }: Verdict): Verdict["theirs"] {
  if (!harmlessClasses.has(ours.class) || isRefused) return [];
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
