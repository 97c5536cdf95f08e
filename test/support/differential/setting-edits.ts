/** Edits of what a unit says, and of which of its files says it. */
import {
  type Edit,
  type EditScene,
  type FoundSetting,
  pickSetting,
  replaceSetting,
  replaceText,
  spliceItems,
  textOf,
  type UnitTree,
} from "./edit-model.ts";
import { makeDropIn, makeSetting, type Setting } from "./unit-text.ts";
import { validValues } from "./valid-values.ts";

function valuesFor({ section, key }: Setting): readonly string[] {
  return validValues[section]?.[key] ?? [];
}

function pickVariable(scene: EditScene): FoundSetting | null {
  return pickSetting(scene, ({ setting }) => valuesFor(setting).length > 0);
}

function makeRandomSetting({ random }: EditScene, section: string): Setting {
  const key = random.pick(Object.keys(validValues[section] ?? { "X-None": [] }));
  return makeSetting(section, key, random.pick(validValues[section]?.[key] ?? ["1"]));
}

/** Adds to `tree` a drop-in with these settings, or appends them to the one of that name. */
function addDropIn(scene: EditScene, tree: UnitTree, settings: readonly Setting[]): UnitTree {
  const { random, dropInDirectories } = scene;
  const name = random.pick(["05-first.conf", "10-host.conf", "50-more.conf", "zz.conf"]);
  const path = `${random.pick(dropInDirectories)}/${name}`;
  const section = settings[0]?.section ?? "Unit";
  const there = tree.get(path);
  if (there === undefined) return replaceText(tree, path, makeDropIn(section, settings));
  return spliceItems(tree, path, there.items.length, 0, { kind: "header", section }, ...settings);
}

function insertNear(scene: EditScene, found: FoundSetting, setting: Setting): UnitTree {
  return spliceItems(scene.tree, found.path, found.index + scene.random.below(2), 0, setting);
}

const changeValue: Edit = (scene) => {
  const found = pickVariable(scene);
  if (found === null) return null;
  return replaceSetting(scene.tree, found, { value: scene.random.pick(valuesFor(found.setting)) });
};

/** A second assignment of a key that is there already: what counts depends on the key. */
const assignAgain: Edit = (scene) => {
  const found = pickVariable(scene);
  if (found === null) return null;
  const { section, key } = found.setting;
  return insertNear(scene, found, makeSetting(section, key, scene.random.pick(valuesFor(found.setting))));
};

const addKey: Edit = (scene) => {
  const found = pickSetting(scene);
  return found === null ? null : insertNear(scene, found, makeRandomSetting(scene, found.setting.section));
};

const removeKey: Edit = (scene) => {
  const found = pickSetting(scene);
  return found === null ? null : spliceItems(scene.tree, found.path, found.index, 1);
};

const assignNothing: Edit = (scene) => {
  const found = pickSetting(scene);
  if (found === null) return null;
  return insertNear(scene, found, makeSetting(found.setting.section, found.setting.key, ""));
};

const moveToDropIn: Edit = (scene) => {
  const found = pickSetting(scene, ({ path }) => path === scene.fragment);
  if (found === null) return null;
  return addDropIn(scene, spliceItems(scene.tree, found.path, found.index, 1), [found.setting]);
};

const moveFromDropIn: Edit = (scene) => {
  const found = pickSetting(scene, ({ path }) => path !== scene.fragment);
  if (found === null) return null;
  const { section } = found.setting;
  const without = spliceItems(scene.tree, found.path, found.index, 1);
  const end = textOf(without, scene.fragment).items.length;
  return spliceItems(without, scene.fragment, end, 0, { kind: "header", section }, found.setting);
};

/** What `systemctl edit` is used for: reset a list, and fill it anew with the same or with something else. */
const overrideInDropIn: Edit = (scene) => {
  const found = pickVariable(scene);
  if (found === null) return null;
  const { section, key, value } = found.setting;
  const values = scene.random.chance(0.5) ? [value] : [scene.random.pick(valuesFor(found.setting))];
  const reset = scene.random.chance(0.7) ? [""] : [];
  const settings = [...reset, ...values].map((each) => makeSetting(section, key, each));
  return addDropIn(scene, scene.tree, settings);
};

function pickDropIn({ tree, fragment, random }: EditScene): string | null {
  const paths = [...tree.keys()].filter((path) => path !== fragment);
  return paths.length === 0 ? null : random.pick(paths);
}

/** Gives a drop-in another name or another directory; what stood there gives way. */
function moveDropIn(rename: (scene: EditScene, directory: string, name: string) => string): Edit {
  return (scene) => {
    const path = pickDropIn(scene);
    if (path === null) return null;
    const [directory = "", name = ""] = path.split("/");
    const tree = new Map(scene.tree);
    tree.delete(path);
    return tree.set(rename(scene, directory, name), textOf(scene.tree, path));
  };
}

export const settingEdits: Readonly<Record<string, Edit>> = {
  "change a value": changeValue,
  "assign a key again": assignAgain,
  "add a key": addKey,
  "remove a key": removeKey,
  "assign nothing": assignNothing,
  "move a setting to a drop-in": moveToDropIn,
  "move a setting from a drop-in": moveFromDropIn,
  "override in a drop-in": overrideInDropIn,
  "add a drop-in": (scene) => {
    const section = pickSetting(scene)?.setting.section;
    return section === undefined ? null : addDropIn(scene, scene.tree, [makeRandomSetting(scene, section)]);
  },
  "remove a drop-in": (scene) => {
    const path = pickDropIn(scene);
    if (path === null) return null;
    return new Map([...scene.tree].filter(([other]) => other !== path));
  },
  "rename a drop-in": moveDropIn(
    ({ random }, directory) => `${directory}/${random.pick(["00-a", "10-host", "50-more", "99-z"])}.conf`,
  ),
  "move a drop-in to another directory": moveDropIn(
    ({ random, dropInDirectories }, _, name) => `${random.pick(dropInDirectories)}/${name}`,
  ),
  "add an X- key": (scene) => {
    const found = pickSetting(scene);
    return found && insertNear(scene, found, makeSetting(found.setting.section, "X-Owner", "me"));
  },
  "add an X- section": ({ tree, fragment }) =>
    spliceItems(
      tree,
      fragment,
      textOf(tree, fragment).items.length,
      0,
      { kind: "header", section: "X-Us" },
      makeSetting("X-Us", "Owner", "me"),
    ),
  "edit [Install]": (scene) =>
    spliceItems(
      scene.tree,
      scene.fragment,
      textOf(scene.tree, scene.fragment).items.length,
      0,
      { kind: "header", section: "Install" },
      makeRandomSetting(scene, "Install"),
    ),
};
