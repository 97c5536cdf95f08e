/**
 * A small model of a repository: units with ties to each other, of which any tree is one that the agent accepts and that a boot
 * brings up. Pure; how a tree comes about is generate.ts.
 */
import type { Tie, Tree, Unit } from "./tree.ts";

/** Ties whose target has to be there and up, or the unit that has the tie cannot start. */
export const hardTies: ReadonlySet<string> = new Set(["Requires", "BindsTo", "Requisite"]);
/** Ties by which a unit that starts brings its target up. */
export const pullingTies: ReadonlySet<string> = new Set([
  "Requires",
  "BindsTo",
  "Wants",
  "Upholds",
  "RequiresMountsFor",
]);

export function typeOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** `q1s2` of `q1s2.socket`. */
export function stemOf(name: string): string {
  return name.slice(0, name.lastIndexOf("."));
}

export function templateOf(name: string): string | null {
  const at = name.indexOf("@");
  const isInstance = at > 0 && name[at + 1] !== ".";
  return isInstance ? `${name.slice(0, at + 1)}.${typeOf(name)}` : null;
}

/** The definition that systemd would load under this name; undefined for one that is masked or nowhere. */
export function findUnit(tree: Tree, name: string): Unit | undefined {
  if (tree.masks.includes(name)) return undefined;
  return tree.units[name] ?? tree.units[templateOf(name) ?? ""];
}

/** A oneshot that is over when its work is done. */
export function isPassing(unit: Unit | undefined): boolean {
  return unit?.body["Type"] === "oneshot" && unit.body["RemainAfterExit"] !== "yes";
}

/** All names under which something of the tree can run: units, and declared or wanted instances. */
export function listNames(tree: Tree): readonly string[] {
  const plain = Object.keys(tree.units).filter((name) => !name.includes("@."));
  const wanted = Object.values(tree.units).flatMap(({ ties }) => ties.map(({ to }) => to));
  const defaults = Object.entries(tree.units).flatMap(([name, unit]) =>
    unit.defaultInstance === undefined ? [] : [name.replace("@.", `@${unit.defaultInstance}.`)],
  );
  const instances = [...listDeclaredInstances(tree), ...defaults, ...wanted.filter(templateOf)];
  return [...new Set([...plain, ...instances])].filter((name) => findUnit(tree, name) !== undefined);
}

export function listDeclaredInstances(tree: Tree): readonly string[] {
  const linked = Object.keys(tree.links).filter(templateOf);
  const ruled = Object.entries(tree.instances).flatMap(([template, instances]) =>
    instances.map((instance) => template.replace("@.", `@${instance}.`)),
  );
  return [...linked, ...ruled];
}

/** The ties that are written, and the one to a mount that systemd makes of `WorkingDirectory=` (systemd.exec(5)). */
export function tiesOf({ ties, body }: Unit): readonly Tie[] {
  const mount = findWorkingMount(body);
  return mount === null ? ties : [...ties, { kind: "RequiresMountsFor", to: mount, after: false }];
}

export function findWorkingMount(body: Unit["body"]): string | null {
  const place = /^\/srv\/(\w+)$/.exec(body["WorkingDirectory"] ?? "")?.[1];
  return place === undefined ? null : `srv-${place}.mount`;
}

/** The names, and what the ties of these units bring up with them. */
export function withPulled(tree: Tree, names: Iterable<string>): ReadonlySet<string> {
  const all = new Set(names);
  for (const name of all) {
    for (const to of listPulled(tree, name)) all.add(to);
  }
  return all;
}

/** The units that a boot of the tree brings up, passing oneshots included, without those that somebody triggers later. */
export function listBooted(tree: Tree): ReadonlySet<string> {
  const losers = listLosers(tree);
  return listWanted(
    tree,
    listNames(tree).filter((name) => !losers.has(name)),
  );
}

/** Unit that a boot is to start → the one that it starts instead, which has the `Conflicts=`. */
export function listLosers(tree: Tree): ReadonlyMap<string, string> {
  const wanted = listWanted(tree);
  const conflicts = [...wanted].flatMap((name) =>
    (findUnit(tree, name)?.ties ?? []).flatMap(({ kind, to }) =>
      kind === "Conflicts" && wanted.has(to) ? [[to, name] as const] : [],
    ),
  );
  return new Map(conflicts);
}

/** The same without a look at conflicts, among the names. */
export function listWanted(tree: Tree, names = listNames(tree)): ReadonlySet<string> {
  const booted = new Set<string>();
  const isUp = (target: string) => target === "multi-user.target" || booted.has(target);
  for (let before = -1; before !== booted.size; ) {
    before = booted.size;
    const pulled: readonly string[] = [...booted].flatMap((name) => listPulled(tree, name));
    for (const name of names) if (isEnabledInto(tree, name, isUp) || pulled.includes(name)) booted.add(name);
  }
  return booted;
}

function listPulled(tree: Tree, name: string): readonly string[] {
  const unit = findUnit(tree, name);
  if (unit === undefined) return [];
  return tiesOf(unit)
    .filter(({ kind }) => pullingTies.has(kind))
    .map(({ to }) => to);
}

function isEnabledInto(tree: Tree, name: string, isUp: (target: string) => boolean): boolean {
  const unit = findUnit(tree, name);
  if (unit?.install === undefined || !isUp(unit.install.target)) return false;
  if (tree.stopped.includes(name)) return false;
  const template = templateOf(name);
  if (template === null) return true;
  return listDeclaredInstances(tree).includes(name) || unit.defaultInstance === /@(.*)\./.exec(name)?.[1];
}
