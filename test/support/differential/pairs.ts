/**
 * Pairs of versions of realistic units, a few random edits apart. Each pair has names of its own, so that many fit into one
 * machine at a time. Makes texts only; loads nothing.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Edit, EditScene, UnitTree } from "./edit-model.ts";
import { Random } from "./random.ts";
import { settingEdits } from "./setting-edits.ts";
import { textEdits } from "./text-edits.ts";
import { readUnitText, writeUnitText } from "./unit-text.ts";

/** Path below units/ → text, as it is to stand on disk. */
export type UnitFiles = Readonly<Record<string, string>>;

export interface Pair {
  readonly unit: string;
  /** The symlink that declares the instance which is compared; null for a unit that is none. */
  readonly template: string | null;
  readonly before: UnitFiles;
  readonly after: UnitFiles;
  /** What was done to get from one to the other. */
  readonly edits: readonly string[];
}

interface Base {
  readonly fragment: string;
  /** Path → text, with names that have no prefix yet. */
  readonly files: UnitFiles;
}

const fixtures = join(import.meta.dirname, "../../fixtures/units");
const instance = "a";

/** The same pairs for the same seed, whatever machine they are made for. */
export function makePairs(seed: number, count: number): readonly Pair[] {
  const bases = readBases();
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => {
    const base = bases[index % bases.length] ?? random.pick(bases);
    return makePair(base, `p${index}`, random);
  });
}

function makePair(base: Base, prefix: string, random: Random): Pair {
  const fragment = `${prefix}-${base.fragment}`;
  const isTemplate = fragment.includes("@.");
  const unit = isTemplate ? fragment.replace("@.", `@${instance}.`) : fragment;
  const scene = { unit, fragment, dropInDirectories: listDropInDirectories(prefix, fragment, unit), random };
  const warmUp = applyEdits({ ...scene, tree: readTree(base, prefix) }, random.below(3));
  const edited = applyEdits({ ...scene, tree: warmUp.tree }, random.chance(0.6) ? 1 : 2 + random.below(2));
  return {
    unit,
    template: isTemplate ? fragment : null,
    before: writeTree(warmUp.tree),
    after: writeTree(edited.tree),
    edits: edited.edits,
  };
}

/** Directories of this pair's names only: `service.d` would reach all pairs. */
function listDropInDirectories(prefix: string, fragment: string, unit: string): readonly string[] {
  const type = fragment.slice(fragment.lastIndexOf(".") + 1);
  const names = [unit, `${prefix}-.${type}`];
  if (unit !== fragment) names.push(fragment, `${prefix}-@.${type}`, `${prefix}-@${instance}.${type}`);
  if (fragment.startsWith(`${prefix}-media-`)) names.push(`${prefix}-media-.${type}`);
  return names.map((name) => `${name}.d`);
}

function readTree({ files }: Base, prefix: string): UnitTree {
  const entries = Object.entries(files).map(([path, text]) => {
    return [`${prefix}-${path}`, readUnitText(text.replaceAll("@PREFIX@", prefix))] as const;
  });
  return new Map(entries);
}

function writeTree(tree: UnitTree): UnitFiles {
  return Object.fromEntries([...tree].map(([path, text]) => [path, writeUnitText(text)]));
}

function applyEdits(
  scene: EditScene,
  count: number,
): { readonly tree: UnitTree; readonly edits: readonly string[] } {
  const edits: string[] = [];
  let tree = scene.tree;
  while (edits.length < count) {
    const family: Readonly<Record<string, Edit>> = scene.random.chance(0.5) ? textEdits : settingEdits;
    const [name, edit] = scene.random.pick(Object.entries(family));
    const edited = edit({ ...scene, tree });
    if (edited === null) continue;
    tree = edited;
    edits.push(name);
  }
  return { tree, edits };
}

/** Every fragment in the fixtures with the drop-ins that apply to it. */
function readBases(): readonly Base[] {
  const paths = readdirSync(fixtures, { recursive: true, encoding: "utf8" }).sort();
  const read = (chosen: readonly string[]) =>
    Object.fromEntries(chosen.map((path) => [path, readFileSync(join(fixtures, path), "utf8")]));
  return paths
    .filter((path) => !path.includes("/") && !path.endsWith(".d"))
    .map((fragment) => {
      const owners = [fragment, fragment.replace("@.", `@${instance}.`), fragment.replace(/-server\./, "-.")];
      const dropIns = paths.filter((path) => owners.some((owner) => path.startsWith(`${owner}.d/`)));
      return { fragment, files: read([fragment, ...dropIns]) };
    });
}
