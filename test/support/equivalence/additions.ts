/** What a commit adds to a tree, at random, and what all mutations are made of. Pure but for the draft. */
import type { Random } from "../differential/random.ts";
import { stemOf, typeOf } from "./model.ts";
import { makeService } from "./settings.ts";
import type { Tie, Tree, Unit } from "./tree.ts";

export interface Draft {
  readonly prefix: string;
  readonly random: Random;
  readonly tree: Tree;
  /** Units that an earlier commit masked, to come back. */
  readonly shelf: Record<string, Unit>;
  /** Counts what was ever made, so that no name comes twice by chance. */
  born: number;
}

/** @returns what it did, in words; null when the tree has nothing that it could be done to */
export type Mutation = (draft: Draft) => string | null;

export function pickUnit({ tree, random }: Draft, ...types: readonly string[]): string | null {
  const names = Object.keys(tree.units).filter((name) => types.length === 0 || types.includes(typeOf(name)));
  return names.length === 0 ? null : random.pick(names);
}

export function ofUnit(
  types: readonly string[],
  act: (draft: Draft, name: string, unit: Unit) => string | null,
) {
  return (draft: Draft): string | null => {
    const name = pickUnit(draft, ...types);
    const unit = draft.tree.units[name ?? ""];
    if (name === null || unit === undefined) return null;
    const what = act(draft, name, unit);
    return what === null ? null : `${name} ${what}`;
  };
}

function bear(
  draft: Draft,
  name: string,
  rest: Omit<Unit, "born" | "comment" | "ties"> & { ties?: Tie[] },
): string {
  draft.tree.units[name] = { born: draft.born, comment: 0, ties: [], ...rest };
  return name;
}

export function nextStem(draft: Draft, letter: string): string {
  draft.born += 1;
  return `${draft.prefix}${letter}${draft.born}`;
}

function chooseInstall({ tree, random }: Draft): Pick<Unit, "install"> {
  if (random.chance(0.25)) return {};
  const others = Object.keys(tree.units).filter((name) => /\.target$/.test(name) || random.chance(0.1));
  if (others.length > 0 && random.chance(0.3)) {
    const target = random.pick(others.filter((name) => !name.includes("@.")).concat("multi-user.target"));
    const key = target !== "multi-user.target" && random.chance(0.4) ? "RequiredBy" : "WantedBy";
    return { install: { key, target } };
  }
  return { install: atBoot() };
}

export function atBoot(): NonNullable<Unit["install"]> {
  return { key: "WantedBy", target: "multi-user.target" };
}

export const addService: Mutation = (draft) => {
  const name = `${nextStem(draft, "s")}.service`;
  return `new ${bear(draft, name, { body: makeService(draft.random), ...chooseInstall(draft) })}`;
};

export const addTrigger: Mutation = (draft) => {
  const service = pickUnit(draft, "service");
  if (service === null || service.includes("@")) return null;
  const stem = stemOf(service);
  const [type, body] = draft.random.pick([
    ["socket", { ListenStream: `/run/${stem}.sock` }],
    ["timer", { OnCalendar: "2090-01-01" }],
    ["path", { PathExists: `/srv/${stem}.flag` }],
  ] as const);
  const name = `${stem}.${type}`;
  if (draft.tree.units[name] !== undefined) return null;
  draft.born += 1;
  bear(draft, name, { body: { ...body }, install: atBoot() });
  const serviceUnit = draft.tree.units[service];
  if (draft.random.chance(0.5)) delete serviceUnit?.install;
  return `new ${name}${serviceUnit?.install === undefined ? ", whose service is not enabled (any more)" : ""}`;
};

export const addGroup: Mutation = (draft) => {
  const { random } = draft;
  if (random.chance(0.4)) {
    const name = `${nextStem(draft, "g")}.target`;
    return `new ${bear(draft, name, { body: {}, ...(random.chance(0.8) ? { install: atBoot() } : {}) })}`;
  }
  if (random.chance(0.5)) {
    const name = `${nextStem(draft, "l")}.slice`;
    bear(draft, name, { body: { CPUWeight: "51" } });
    const member = pickUnit(draft, "service");
    if (member !== null) Object.assign(draft.tree.units[member]?.body ?? {}, { Slice: name });
    return `new ${name} with ${member}`;
  }
  const stem = nextStem(draft, "m");
  const name = `srv-${stem}.mount`;
  const isBind = random.chance(0.3);
  if (isBind) draft.tree.files[`/srv/${draft.prefix}source/file`] = "bound\n";
  const how = isBind
    ? { What: `/srv/${draft.prefix}source`, Type: "none", Options: "bind" }
    : { What: "tmpfs", Type: "tmpfs", Options: "size=1M" };
  const isEnabled = random.chance(0.6);
  bear(draft, name, { body: { Where: `/srv/${stem}`, ...how }, ...(isEnabled ? { install: atBoot() } : {}) });
  const user = pickUnit(draft, "service");
  const userUnit = draft.tree.units[user ?? ""];
  if (random.chance(0.5)) Object.assign(userUnit?.body ?? {}, { WorkingDirectory: `/srv/${stem}` });
  else userUnit?.ties.push({ kind: "RequiresMountsFor", to: name, after: false });
  return `new ${name} for ${user}`;
};

export const addTemplate: Mutation = (draft) => {
  const { random, tree } = draft;
  const name = `${nextStem(draft, "t")}@.service`;
  const isEnabled = random.chance(0.7);
  bear(draft, name, { body: { ...makeService(random), Environment: `V=%i-${random.below(9)}` } });
  const unit = tree.units[name];
  if (isEnabled && unit !== undefined) unit.install = atBoot();
  if (isEnabled && random.chance(0.3) && unit !== undefined) unit.defaultInstance = "d";
  return `new ${name}; ${changeInstance(draft) ?? ""}`;
};

export const changeInstance: Mutation = (draft) => {
  const { tree, random } = draft;
  const template = Object.keys(tree.units)
    .filter((name) => name.includes("@."))
    .at(-1);
  if (template === undefined) return null;
  const instance = random.pick(["a", "b", "c"]);
  const name = template.replace("@.", `@${instance}.`);
  if (tree.links[name] !== undefined) {
    delete tree.links[name];
    return `no link ${name}`;
  }
  const ruled = tree.instances[template] ?? [];
  if (ruled.includes(instance)) {
    tree.instances[template] = ruled.filter((one) => one !== instance);
    return `no rule for ${name}`;
  }
  const target = Object.keys(tree.units).find((one) => one.endsWith(".target"));
  if (target !== undefined && random.chance(0.4)) {
    tree.units[target]?.ties.push({ kind: "Wants", to: name, after: false });
    return `${target} wants ${name}`;
  }
  if (random.chance(0.5)) tree.links[name] = template;
  else tree.instances[template] = [...ruled, instance];
  return `declares ${name}`;
};
