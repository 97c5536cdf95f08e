/**
 * What one commit changes in a tree, at random: ties, removals, renames, settings. Mutations need not leave a valid tree behind:
 * repair.ts sees to that. Pure but for the draft.
 */
import {
  addGroup,
  addService,
  addTemplate,
  addTrigger,
  changeInstance,
  type Mutation,
  nextStem,
  ofUnit,
} from "./additions.ts";
import { listNames, stemOf, typeOf } from "./model.ts";
import { dropDropIns, nameMutations } from "./names.ts";
import { changeKind, changeOther, changeSetting } from "./settings.ts";
import type { Tree } from "./tree.ts";

const tieKinds = [
  ...[
    "Requires",
    "BindsTo",
    "PartOf",
    "Requisite",
    "PropagatesStopTo",
    "StopPropagatedFrom",
    "Upholds",
    "Wants",
  ],
  ...["Conflicts", "RequiresMountsFor", "JoinsNamespaceOf"],
];

export const addTie = ofUnit(["service", "target"], (draft, _, unit) => {
  const { tree, random } = draft;
  const kind = random.pick(tieKinds);
  const types =
    kind === "RequiresMountsFor" ? ["mount"] : ["service", "service", "service", "target", "mount", "socket"];
  const others = listNames(tree).filter((name) => types.includes(typeOf(name)));
  if (others.length === 0) return null;
  const to = random.pick(others);
  const isOlder = (tree.units[to]?.born ?? unit.born) < unit.born;
  const mustFollow = ["BindsTo", "Requisite", "JoinsNamespaceOf"].includes(kind);
  const after = isOlder && to.endsWith(".service") && (mustFollow || random.chance(0.5));
  if (mustFollow && !after && kind !== "BindsTo") return null;
  if (kind === "JoinsNamespaceOf") {
    for (const one of [unit, tree.units[to]]) {
      Object.assign(one?.body ?? {}, { PrivateTmp: "yes", PrivateNetwork: "no" });
    }
  }
  unit.ties.push({ kind, to, after });
  return `gets ${kind}=${to}${after ? " and After=" : ""}`;
});

const dropTie = ofUnit([], ({ random }, _, unit) => {
  if (unit.ties.length === 0) return null;
  const tie = random.pick(unit.ties);
  unit.ties.splice(unit.ties.indexOf(tie), 1);
  return `loses ${tie.kind}=${tie.to}`;
});

const remove = ofUnit([], ({ tree, random }, name) => {
  delete tree.units[name];
  if (random.chance(0.7)) forgetTies(tree, name);
  if (random.chance(0.7)) dropDropIns(tree, name);
  return "is removed";
});

function forgetTies(tree: Tree, name: string): void {
  for (const unit of Object.values(tree.units)) unit.ties = unit.ties.filter(({ to }) => to !== name);
}

const rename = ofUnit(["service", "target", "mount"], (draft, name, unit) => {
  const { tree, random } = draft;
  if (name.includes("@")) return null;
  const stem = nextStem(draft, name.endsWith(".mount") ? "m" : name.endsWith(".target") ? "g" : "s");
  const renamed = name.endsWith(".mount") ? `srv-${stem}.mount` : `${stem}.${typeOf(name)}`;
  if (name.endsWith(".mount")) unit.body["Where"] = `/srv/${stem}`;
  delete tree.units[name];
  tree.units[renamed] = unit;
  if (random.chance(0.7)) {
    const ties = Object.values(tree.units).flatMap(({ ties }) => ties);
    for (const tie of ties) if (tie.to === name) tie.to = renamed;
    for (const { install } of Object.values(tree.units))
      if (install?.target === name) install.target = renamed;
  }
  for (const type of ["socket", "timer", "path"]) {
    const trigger = tree.units[`${stemOf(name)}.${type}`];
    if (trigger !== undefined) trigger.body[type === "socket" ? "Service" : "Unit"] = renamed;
  }
  const keepsOldName = unit.alias === undefined && !name.endsWith(".mount") && random.chance(0.3);
  if (keepsOldName) unit.alias = name;
  return `is renamed to ${renamed}${keepsOldName ? ", and keeps its old name as Alias=" : ""}`;
});

const changeService = ofUnit(["service"], ({ random }, _, { body }) => changeSetting(body, random));

/** How often each comes, relative to the others. */
export const mutations: readonly (readonly [weight: number, mutation: Mutation])[] = [
  ...nameMutations,
  [6, changeService],
  [4, ofUnit(["service"], ({ random }, _, { body }) => changeKind(body, random))],
  [
    3,
    ofUnit(["socket", "timer", "path", "slice", "mount"], ({ random }, name, unit) =>
      changeOther(name, unit, random),
    ),
  ],
  [3, addService],
  [2, addTrigger],
  [2, addGroup],
  [1, addTemplate],
  [2, changeInstance],
  [6, addTie],
  [3, dropTie],
  [5, remove],
  [5, rename],
];
