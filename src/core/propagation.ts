/**
 * Which units systemd restarts or stops along with the ones that a plan restarts or stops: those that run and are bound to
 * them (systemd.unit(5), Requires=, BindsTo=, Requisite=, PartOf=: "if this unit is stopped or restarted"). Pure.
 */
import type { Settings } from "./definition.ts";
import { isUp, type UnitStep } from "./interruption.ts";
import type { Alongside } from "./plan-types.ts";
import type { Desired, Inventory, ObservedUnit } from "./state.ts";
import { parseInstance, serviceOfQuadlet } from "./unit-name.ts";
import { listReferences } from "./unit-references.ts";

const bindingKeys = ["Requires", "BindsTo", "Requisite", "PartOf"] as const;
/** podman-systemd.unit(5): the generator makes Requires= or BindsTo= of another quadlet that stands in one of these. */
const quadletKeys = ["Network", "Volume", "Mount", "Pod", "Image"].flatMap((key) =>
  ["Container", "Pod", "Kube", "Volume", "Build"].map((section) => `${section}.${key}`),
);
const quadletReference = /(?<=^|[\s,=])[^\s:,=/]+\.(?:network|volume|pod|image|build|container)(?=$|[\s:,])/g;

/** Every unit once, with what takes it along; those that have a job of their own are left out. */
export function findAlongside(
  desired: Desired,
  observed: ReadonlyMap<string, ObservedUnit>,
  jobs: readonly UnitStep[],
): readonly Alongside[] {
  const restarted = jobs.flatMap(({ kind, unit }) => (kind === "restart" ? [unit] : []));
  const running = new Map(
    [...desired.units.values()]
      .filter(({ name }) => isUp(observed.get(name)))
      .map(({ name, definition }) => [name, definition.settings]),
  );
  return [...followTies(running, restarted)].map(([unit, tie]) => ({
    unit,
    because: `it has ${tie}, which is restarted`,
  }));
}

/**
 * Units that go down with those that the plan stops, by the definitions that systemd has loaded until then.
 * @returns unit → why, whether it runs or not
 */
export function findTakenDown(
  applied: Inventory,
  names: Iterable<string>,
  stopped: readonly string[],
): ReadonlyMap<string, string> {
  const loaded = new Map<string, Settings>();
  for (const name of stopped.length === 0 ? [] : names) {
    const record = applied.units[name] ?? applied.units[parseInstance(name)?.template ?? ""];
    if (record !== undefined) loaded.set(name, record.definition.settings);
  }
  const ties = followTies(loaded, stopped);
  return new Map([...ties].map(([name, tie]) => [name, `it had ${tie}, which is stopped`]));
}

/** Unit → `Requires=b.service` for each that is bound to one of `origins`, directly or through others. */
function followTies(
  units: ReadonlyMap<string, Settings>,
  origins: readonly string[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const own = new Set(origins);
  const queue = [...own];
  const tiesTo = queue.length === 0 ? new Map<string, Tie[]>() : indexTies(units);
  for (const origin of queue) {
    for (const { unit, text } of tiesTo.get(origin) ?? []) {
      if (own.has(unit) || found.has(unit)) continue;
      found.set(unit, text);
      queue.push(unit);
    }
  }
  return found;
}

interface Tie {
  readonly unit: string;
  /** As in the unit's definition: `Requires=b.service`. */
  readonly text: string;
}

/** Name of a unit → who is bound to it. */
function indexTies(units: ReadonlyMap<string, Settings>): ReadonlyMap<string, Tie[]> {
  const index = new Map<string, Tie[]>();
  const add = (origin: string, tie: Tie) => {
    const ties = index.get(origin) ?? [];
    ties.push(tie);
    index.set(origin, ties);
  };
  for (const [unit, settings] of units) {
    for (const key of bindingKeys) {
      for (const origin of listReferences(settings, `Unit.${key}`, unit))
        add(origin, { unit, text: `${key}=${origin}` });
    }
    for (const name of quadletKeys) {
      for (const quadlet of (settings[name] ?? []).flatMap((value) => value.match(quadletReference) ?? [])) {
        add(serviceOfQuadlet(quadlet), { unit, text: `${name.slice(name.indexOf(".") + 1)}=${quadlet}` });
      }
    }
  }
  return index;
}
