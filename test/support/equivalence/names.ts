/** What a commit changes about how units are known, enabled and extended: aliases, masks, [Install], drop-ins, files, secrets. Pure. */
import { atBoot, type Mutation, ofUnit, pickUnit } from "./additions.ts";
import { stemOf, typeOf } from "./model.ts";
import type { Tree, Unit } from "./tree.ts";

const toggleInstall = ofUnit(["service", "socket", "mount", "target"], ({ random }, _, unit) => {
  if (unit.install === undefined || random.chance(0.2)) {
    unit.install = atBoot();
    return "is enabled";
  }
  delete unit.install;
  return "is no longer enabled";
});

const toggleAlias = ofUnit(["service", "target"], ({ tree, random, prefix }, name, unit) => {
  if (name.includes("@")) return null;
  const linked = Object.keys(tree.links).find((link) => tree.links[link] === name);
  const alias = linked ?? unit.alias;
  if (alias === undefined) {
    const fresh = `${prefix}n${unit.born}.${typeOf(name)}`;
    if (random.chance(0.5)) unit.alias = fresh;
    else tree.links[fresh] = name;
    if (random.chance(0.5) && typeOf(name) === "service") {
      tree.dropIns[`${fresh}.d/30-alias.conf`] = `[Service]\nEnvironment=ALIAS=${random.below(9)}\n`;
    }
    return `gets the alias ${fresh}`;
  }
  if (linked !== undefined) delete tree.links[linked];
  else delete unit.alias;
  if (random.chance(0.7)) dropDropIns(tree, alias);
  return `loses the alias ${alias}`;
});

export function dropDropIns(tree: Tree, name: string): void {
  for (const path of Object.keys(tree.dropIns)) if (path.startsWith(`${name}.d/`)) delete tree.dropIns[path];
}

const toggleMask: Mutation = ({ tree, random, shelf }) => {
  const [back] = tree.masks;
  if (back !== undefined && random.chance(0.7)) {
    tree.masks = tree.masks.filter((name) => name !== back);
    const unit = shelf[back];
    if (unit !== undefined && random.chance(0.8)) tree.units[back] = structuredClone(unit);
    return `no mask ${back}${tree.units[back] === undefined ? "" : ", the unit is back"}`;
  }
  const names = Object.keys(tree.units).filter((name) => !name.includes("@."));
  if (names.length === 0) return null;
  const name = random.pick(names);
  const unit = tree.units[name];
  if (unit !== undefined) shelf[name] = structuredClone(unit);
  delete tree.units[name];
  tree.masks.push(name);
  return `masks ${name}`;
};

const toggleStopped: Mutation = ({ tree, random }) => {
  if (tree.stopped.length > 0 && random.chance(0.6)) return `${tree.stopped.pop()} is no longer stopped`;
  const names = Object.keys(tree.units).filter(
    (name) => !name.includes("@.") && !/\.(slice|timer)$/.test(name),
  );
  if (names.length === 0) return null;
  const name = random.pick(names);
  if (!tree.stopped.includes(name)) tree.stopped.push(name);
  return `state: stopped for ${name}`;
};

const changeDropIn: Mutation = (draft) => {
  const { tree, random } = draft;
  const paths = Object.keys(tree.dropIns);
  if (paths.length > 0 && random.chance(0.5)) {
    const path = random.pick(paths);
    delete tree.dropIns[path];
    return `no drop-in ${path}`;
  }
  const name = pickUnit(draft, "service");
  if (name === null) return null;
  const section = random.pick([
    `[Service]\nEnvironment=D=${random.below(9)}\n`,
    `[Service]\nCPUWeight=${100 + random.below(9)}\n`,
    "[Unit]\nDescription=extended\n",
  ]);
  const path = `${name}.d/20-more.conf`;
  tree.dropIns[path] = section;
  return `drop-in ${path}`;
};

const changeFile: Mutation = (draft) => {
  const { tree, random } = draft;
  const name = pickUnit(draft, "service");
  const unit = tree.units[name ?? ""];
  if (name === null || unit === undefined) return null;
  const path = `/srv/${stemOf(name).replace("@", "")}.env`;
  if (tree.files[path] !== undefined && random.chance(0.3)) {
    delete tree.files[path];
    delete unit.body["EnvironmentFile"];
    return `${name} loses ${path}`;
  }
  tree.files[path] = `FROM_FILE=${random.below(9)}\n`;
  unit.body["EnvironmentFile"] = `-${path}`;
  return `${name} reads ${path}`;
};

const changeSecret: Mutation = (draft) => {
  const { tree, random } = draft;
  const name = pickUnit(draft, "service");
  if (name === null || name.includes("@")) return null;
  const path = `${name}/token`;
  if (tree.secrets[path] !== undefined && random.chance(0.4)) {
    delete tree.secrets[path];
    return `no secret ${path}`;
  }
  tree.secrets[path] = `secret ${random.below(9)}`;
  return `secret ${path}`;
};

const moveToSlice = ofUnit(["service"], ({ tree, random }, _, { body }) => {
  const slices = Object.keys(tree.units).filter((name) => name.endsWith(".slice"));
  if (slices.length === 0) return null;
  if (body["Slice"] !== undefined && random.chance(0.4)) {
    delete body["Slice"];
    return "leaves its slice";
  }
  body["Slice"] = random.pick(slices);
  return `is in ${body["Slice"]}`;
});

const comment = ofUnit([], (_, __, unit) => {
  unit.comment += 1;
  return "gets another comment";
});

const swap: Mutation = (draft) => {
  const [left, right] = [pickUnit(draft, "service"), pickUnit(draft, "service")];
  const bodies = [left, right].map((name) => draft.tree.units[name ?? ""]);
  const [first, second] = bodies as [Unit | undefined, Unit | undefined];
  if (first === undefined || second === undefined || first === second) return null;
  if (`${left}${right}`.includes("@")) return null;
  [first.body, second.body] = [second.body, first.body];
  return `${left} and ${right} swap what they run`;
};

export const nameMutations: readonly (readonly [weight: number, mutation: Mutation])[] = [
  [4, toggleInstall],
  [3, toggleAlias],
  [3, toggleMask],
  [2, toggleStopped],
  [3, changeDropIn],
  [2, changeFile],
  [1, changeSecret],
  [2, moveToSlice],
  [2, comment],
  [1, swap],
];
