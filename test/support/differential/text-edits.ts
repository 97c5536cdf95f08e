/** Edits of how a file is written, not of what it says: most of them must change nothing for systemd. */
import {
  type Edit,
  type EditScene,
  listSettings,
  pickSetting,
  replaceSetting,
  replaceText,
  spliceItems,
  textOf,
  type UnitTree,
} from "./edit-model.ts";
import type { UnitText } from "./unit-text.ts";

function changeFile({ tree, random }: EditScene, change: (text: UnitText) => UnitText): UnitTree {
  const path = random.pick([...tree.keys()]);
  return replaceText(tree, path, change(textOf(tree, path)));
}

function insertAnywhere({ tree, random }: EditScene, line: string): UnitTree {
  const path = random.pick([...tree.keys()]);
  const index = random.below(textOf(tree, path).items.length + 1);
  return spliceItems(tree, path, index, 0, { kind: "other", text: line });
}

const changeSpacing: Edit = (scene) => {
  const found = pickSetting(scene);
  if (found === null) return null;
  const { random } = scene;
  return replaceSetting(scene.tree, found, {
    indent: random.pick(["", "  ", "\t"]),
    equals: random.pick([" = ", "= ", "\t=", " =\t "]),
    value: `${found.setting.value}${random.pick(["", " ", "\t "])}`,
  });
};

const breakLine: Edit = (scene) => {
  const found = pickSetting(scene, ({ setting }) => / /.test(setting.value.trim()));
  if (found === null) return null;
  const { value } = found.setting;
  const blanks = [...value.matchAll(/ /g)].map(({ index }) => index);
  const at = scene.random.pick(blanks);
  const comment = scene.random.pick(["", "# between\n", "  ; between \\\n# again\n"]);
  const rest = `${scene.random.pick(["", "    ", "\t"])}${value.slice(at + 1)}`;
  return replaceSetting(scene.tree, found, { value: `${value.slice(0, at)} \\\n${comment}${rest}` });
};

const joinLines: Edit = (scene) => {
  const found = pickSetting(scene, ({ setting }) => setting.value.includes("\\\n"));
  if (found === null) return null;
  const value = found.setting.value.replace(/\s*\\\n(?:\s*[#;].*\n)*\s*/g, " ");
  return replaceSetting(scene.tree, found, { value });
};

const repeatHeader: Edit = (scene) => {
  const found = pickSetting(scene);
  if (found === null) return null;
  const header = { kind: "header", section: found.setting.section } as const;
  return spliceItems(scene.tree, found.path, found.index, 0, header);
};

const moveToRepeatedSection: Edit = (scene) => {
  const found = pickSetting(scene);
  if (found === null) return null;
  const { section } = found.setting;
  const without = spliceItems(scene.tree, found.path, found.index, 1);
  const end = textOf(without, found.path).items.length;
  return spliceItems(without, found.path, end, 0, { kind: "header", section }, found.setting);
};

/** Exchanges two neighbours of one section, of different keys or of the same one. */
function swapNeighbours(areEqualKeys: boolean): Edit {
  return (scene) => {
    const found = pickSetting(scene, ({ path, index, setting }) => {
      const next = textOf(scene.tree, path).items[index + 1];
      return next?.kind === "setting" && (next.key === setting.key) === areEqualKeys;
    });
    const next = found === null ? undefined : textOf(scene.tree, found.path).items[found.index + 1];
    if (found === null || next === undefined) return null;
    return spliceItems(scene.tree, found.path, found.index, 2, next, found.setting);
  };
}

const splitWords: Edit = (scene) => {
  const found = pickSetting(scene, ({ setting }) => /^[^"'\\]+ [^"'\\]+$/.test(setting.value.trim()));
  if (found === null) return null;
  const settings = found.setting.value
    .trim()
    .split(/ +/)
    .map((value) => ({ ...found.setting, value }));
  return spliceItems(scene.tree, found.path, found.index, 1, ...settings);
};

const joinWords: Edit = (scene) => {
  const found = pickSetting(scene, ({ path, index, setting }) => {
    const next = textOf(scene.tree, path).items[index + 1];
    return next?.kind === "setting" && next.key === setting.key;
  });
  const next = found === null ? undefined : textOf(scene.tree, found.path).items[found.index + 1];
  if (found === null || next?.kind !== "setting") return null;
  const value = `${found.setting.value} ${next.value}`;
  return spliceItems(scene.tree, found.path, found.index, 2, { ...found.setting, value });
};

const changeQuotes: Edit = (scene) => {
  const found = pickSetting(scene, ({ setting }) => setting.value !== "");
  if (found === null) return null;
  const { value } = found.setting;
  if (/["']/.test(value)) {
    const [from, to] = scene.random.pick([
      [/"/g, "'"],
      [/["']/g, ""],
    ] as const);
    return replaceSetting(scene.tree, found, { value: value.replace(from, to) });
  }
  const words = value.split(" ");
  const chosen = scene.random.below(words.length);
  const quoted = words.map((word, index) => (index === chosen ? `"${word}"` : word)).join(" ");
  return replaceSetting(scene.tree, found, { value: quoted });
};

const spellBoolean: Edit = (scene) => {
  const spellings: Readonly<Record<string, readonly string[]>> = {
    yes: ["true", "on", "1", "YES", "t"],
    no: ["false", "off", "0", "No", "f"],
  };
  const found = pickSetting(scene, ({ setting }) => spellings[setting.value] !== undefined);
  if (found === null) return null;
  const value = scene.random.pick(spellings[found.setting.value] ?? [found.setting.value]);
  return replaceSetting(scene.tree, found, { value });
};

export const textEdits: Readonly<Record<string, Edit>> = {
  "add a comment": (scene) => insertAnywhere(scene, scene.random.pick(["# note", "; note", " # A=1 \\"])),
  "add a blank line": (scene) => insertAnywhere(scene, scene.random.pick(["", "  \t"])),
  "remove comments": (scene) =>
    changeFile(scene, (text) => ({ ...text, items: text.items.filter(({ kind }) => kind !== "other") })),
  "change line ends": (scene) =>
    changeFile(scene, (text) => ({ ...text, endOfLine: text.endOfLine === "\n" ? "\r\n" : "\n" })),
  "add or remove a byte order mark": (scene) =>
    changeFile(scene, (text) => ({ ...text, hasByteOrderMark: !text.hasByteOrderMark })),
  "add or remove the final newline": (scene) =>
    changeFile(scene, (text) => ({ ...text, hasFinalNewline: !text.hasFinalNewline })),
  "change spacing": changeSpacing,
  "break a line": breakLine,
  "join lines": joinLines,
  "repeat a section header": repeatHeader,
  "move into a repeated section": moveToRepeatedSection,
  "reorder different keys": swapNeighbours(false),
  "reorder equal keys": swapNeighbours(true),
  "split words over lines": splitWords,
  "join words of lines": joinWords,
  "change quotes": changeQuotes,
  "spell a boolean otherwise": spellBoolean,
  "repeat a setting": (scene) => {
    const found = pickSetting(scene);
    if (found === null) return null;
    return spliceItems(scene.tree, found.path, found.index, 0, found.setting);
  },
  "gather a key": (scene) => {
    const first = pickSetting(scene);
    if (first === null) return null;
    const same = listSettings(
      scene.tree,
      ({ path, index, setting }) =>
        path === first.path && index > first.index && setting.key === first.setting.key,
    );
    const last = same.at(-1);
    if (last === undefined || last.setting.section !== first.setting.section) return null;
    return spliceItems(
      spliceItems(scene.tree, last.path, last.index, 1),
      first.path,
      first.index + 1,
      0,
      last.setting,
    );
  },
};
