/**
 * Takes out of a tree what the agent or a boot would not accept, such as a requirement of a unit that is not there, and what has no
 * one answer, such as a unit that is both stopped by git and wanted by another. Pure but for the tree it is given.
 */
import {
  findUnit,
  findWorkingMount,
  hardTies,
  isPassing,
  listBooted,
  listNames,
  listWanted,
  pullingTies,
  stemOf,
  templateOf,
  tiesOf,
  typeOf,
} from "./model.ts";
import type { Tie, Tree, Unit } from "./tree.ts";

const triggers = ["socket", "timer", "path"];

/**
 * Changes `tree` until nothing is left to object to.
 * @param before what stood there until now: a directory that only a mount makes is there once that was mounted
 */
export function repair(tree: Tree, before: Tree): void {
  const bootedBefore = listBooted(before);
  for (let earlier = ""; earlier !== JSON.stringify(tree); ) {
    earlier = JSON.stringify(tree);
    dropStrayNames(tree);
    dropStrayTriggers(tree);
    for (const [name, unit] of Object.entries(tree.units)) {
      const mount = findWorkingMount(unit.body);
      const wasThere = mount !== null && bootedBefore.has(name) && before.units[mount] !== undefined;
      if (mount !== null && tree.units[mount] === undefined && !wasThere)
        delete unit.body["WorkingDirectory"];
      mendSettings(tree, unit);
    }
    const booted = listBooted(tree);
    for (const [name, unit] of Object.entries(tree.units)) {
      unit.ties = unit.ties.filter(
        (tie, index) =>
          isSensible(tree, name, unit, tie, booted) &&
          unit.ties.findIndex(({ to }) => to === tie.to) === index,
      );
    }
    dropPulledStops(tree);
  }
}

function dropStrayNames(tree: Tree): void {
  const isTaken = (name: string) => tree.units[name] !== undefined || tree.masks.includes(name);
  for (const [name, target] of Object.entries(tree.links)) {
    if (isTaken(name) || tree.units[target] === undefined) delete tree.links[name];
  }
  const seen = new Set<string>();
  for (const unit of Object.values(tree.units)) {
    const { alias } = unit;
    if (alias === undefined) continue;
    if (isTaken(alias) || tree.links[alias] !== undefined || seen.has(alias)) delete unit.alias;
    seen.add(alias);
  }
  for (const template of Object.keys(tree.instances)) {
    if (tree.units[template] === undefined) delete tree.instances[template];
  }
  for (const path of Object.keys(tree.secrets)) {
    if (tree.units[path.slice(0, path.indexOf("/"))] === undefined) delete tree.secrets[path];
  }
  tree.masks = tree.masks.filter((name) => tree.units[name] === undefined);
}

/** A socket, timer or path whose service is not there, or would end at once and be triggered again and again. */
function dropStrayTriggers(tree: Tree): void {
  for (const [name, unit] of Object.entries(tree.units)) {
    if (!triggers.includes(typeOf(name))) continue;
    const service = findUnit(tree, serviceOf(name, unit));
    const isEnding = service?.body["Type"] === "oneshot" && typeOf(name) !== "timer";
    if (service === undefined || isEnding) delete tree.units[name];
  }
}

export function serviceOf(trigger: string, unit: Unit): string {
  return unit.body["Service"] ?? unit.body["Unit"] ?? `${stemOf(trigger)}.service`;
}

function mendSettings(tree: Tree, { body }: Unit): void {
  const mount = findWorkingMount(body) ?? "";
  if (tree.stopped.includes(mount) || tree.masks.includes(mount)) delete body["WorkingDirectory"];
  if (tree.masks.includes(body["Slice"] ?? "")) delete body["Slice"];
  if (body["Type"] === "oneshot") delete body["Restart"];
  else delete body["RemainAfterExit"];
}

function isSensible(
  tree: Tree,
  name: string,
  unit: Unit,
  { kind, to, after }: Tie,
  booted: ReadonlySet<string>,
) {
  if (name === to) return false;
  const target = findUnit(tree, to);
  if (after && target !== undefined && target.born >= unit.born) return false;
  if (kind === "Conflicts") return hasSureEnd(tree, name, to);
  if (kind === "RequiresMountsFor") return !tree.stopped.includes(to) && !tree.masks.includes(to);
  if (kind === "Upholds" && isPassing(target)) return false;
  // What ends at once would take the other down while both start.
  if (kind === "StopPropagatedFrom" && isPassing(target)) return false;
  if (kind === "PropagatesStopTo" && isPassing(unit)) return false;
  if (kind === "JoinsNamespaceOf") return target === undefined || hasSameNamespaces(unit, target);
  if (!hardTies.has(kind)) return true;
  if (target === undefined || tree.stopped.includes(to)) return false;
  if (kind !== "Requires" && isPassing(target)) return false;
  return kind !== "Requisite" || (booted.has(to) && after);
}

/**
 * Whether it is sure which of the two a boot starts: with more than one conflict, or where something else needs the loser, chance
 * decides (seen with systemd 252 and 257).
 */
function hasSureEnd(tree: Tree, name: string, to: string): boolean {
  const wanted = listWanted(tree);
  const units = Object.entries(tree.units);
  const others = units.flatMap(([holder, { ties }]) =>
    ties.flatMap(({ kind, to: rival }) => (kind === "Conflicts" ? [holder, rival] : [])),
  );
  const isOnly = others.filter((one) => one === name || one === to).length <= 2;
  const isNeeded = units.some(
    ([holder, unit]) =>
      unit.install?.target === to ||
      (triggers.includes(typeOf(holder)) && serviceOf(holder, unit) === to) ||
      tiesOf(unit).some((tie) => pullingTies.has(tie.kind) && tie.to === to),
  );
  const isPlain = [name, to].every((one) => typeOf(one) === "service" && !one.includes("@"));
  if (isPlain && isOnly && !isNeeded) return true;
  const isWanted = [...wanted].some((one) => one === name || templateOf(one) === name);
  return !isWanted || !wanted.has(to);
}

/** Otherwise it depends on who starts first which namespaces there are to join (seen with systemd 252). */
function hasSameNamespaces(left: Unit, right: Unit): boolean {
  return ["PrivateTmp", "PrivateNetwork"].every(
    (key) => (left.body[key] ?? "no") === (right.body[key] ?? "no"),
  );
}

/** Git cannot want a unit stopped and pull it in at once. */
function dropPulledStops(tree: Tree): void {
  const pulled = new Set(
    Object.values(tree.units).flatMap((unit) =>
      unit.ties.filter(({ kind }) => pullingTies.has(kind)).map(({ to }) => to),
    ),
  );
  const triggered = Object.entries(tree.units)
    .filter(([name]) => triggers.includes(typeOf(name)))
    .map(([name, unit]) => serviceOf(name, unit));
  const names = new Set(listNames(tree));
  tree.stopped = tree.stopped.filter(
    (name) => names.has(name) && !pulled.has(name) && !triggered.includes(name),
  );
}
