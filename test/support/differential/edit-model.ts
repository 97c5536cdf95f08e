/** What a random edit works on, and the helpers that all edits share. Every edit makes a new tree; none changes its argument. */
import type { Random } from "./random.ts";
import type { Item, Setting, UnitText } from "./unit-text.ts";

/** The files of one unit: path below units/ → text. */
export type UnitTree = ReadonlyMap<string, UnitText>;

export interface EditScene {
  /** The unit that is compared: `p7-web.service`, `p7-worker@a.service`. */
  readonly unit: string;
  /** Its own file: `p7-web.service`, `p7-worker@.service`. */
  readonly fragment: string;
  /** Drop-in directories that apply to it and to no other unit. */
  readonly dropInDirectories: readonly string[];
  readonly tree: UnitTree;
  readonly random: Random;
}

/** Null when there is nothing that it could be done to. */
export type Edit = (scene: EditScene) => UnitTree | null;

export interface FoundSetting {
  readonly path: string;
  readonly index: number;
  readonly setting: Setting;
}

export function listSettings(tree: UnitTree, isWanted: (found: FoundSetting) => boolean): FoundSetting[] {
  return [...tree].flatMap(([path, { items }]) =>
    items.flatMap((setting, index) => {
      if (setting.kind !== "setting") return [];
      const found = { path, index, setting };
      return isWanted(found) ? [found] : [];
    }),
  );
}

/** One setting that is wanted, at random; null without one. */
export function pickSetting(
  { tree, random }: EditScene,
  isWanted: (found: FoundSetting) => boolean = () => true,
): FoundSetting | null {
  const settings = listSettings(tree, isWanted);
  return settings.length === 0 ? null : random.pick(settings);
}

export function textOf(tree: UnitTree, path: string): UnitText {
  const text = tree.get(path);
  if (text === undefined) throw new RangeError(`no file ${path}`);
  return text;
}

export function replaceText(tree: UnitTree, path: string, text: UnitText): UnitTree {
  return new Map([...tree, [path, text]]);
}

/** Items of one file changed: `removed` of them at `index` give way to `added`. */
export function spliceItems(
  tree: UnitTree,
  path: string,
  index: number,
  removed: number,
  ...added: readonly Item[]
): UnitTree {
  const text = textOf(tree, path);
  return replaceText(tree, path, { ...text, items: text.items.toSpliced(index, removed, ...added) });
}

/** Another text in place of the value, or whatever else `change` makes of the setting. */
export function replaceSetting(
  tree: UnitTree,
  found: FoundSetting,
  change: Partial<Pick<Setting, "value" | "indent" | "equals">>,
): UnitTree {
  return spliceItems(tree, found.path, found.index, 1, { ...found.setting, ...change });
}
