/** Gathers the observed state that one plan needs, and no more. Must not change the host. */
import { findExpectedUnits, listDecidingUnits } from "../core/desired/expected.ts";
import { listUnclearStarts } from "../core/drift/host-edits.ts";
import type { Desired } from "../core/model/desired.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Observed, ObservedFile, ObservedUnit } from "../core/model/observed.ts";
import { isLeftAlone } from "../core/plan/files.ts";
import { listNewFragments } from "../core/plan/found-definitions.ts";
import { listServicesOfSockets } from "../core/plan/sockets.ts";
import { listVendorPlaces } from "../core/plan/vendor-unit.ts";
import type { HostFilesPort } from "../core/ports/host.ts";
import type { CredentialStorePort } from "../core/ports/secrets.ts";
import type { ManagerPort } from "../core/ports/systemd.ts";
import { noTies } from "../core/units/ties.ts";
import { isTemplateName, parseInstance, unitTypes } from "../core/units/unit-name.ts";
import { observeDropIns } from "./observe-drop-ins.ts";

export interface ObservePorts {
  readonly files: HostFilesPort;
  readonly manager: ManagerPort;
  readonly credentials: CredentialStorePort;
  readonly layout: HostLayout;
}

/**
 * Looks at all files and units that a plan for `desired` needs. Gives no ties: `observeTies` adds them.
 * @throws AgentError `systemd-unreachable`
 */
export async function observe(
  ports: ObservePorts,
  desired: Desired,
  applied: Inventory,
  otherPaths: readonly string[] = [],
): Promise<Observed> {
  const [files, found, dropIns, generation] = await Promise.all([
    observeFiles(ports, desired, applied, otherPaths),
    observeUnits(ports.manager, listUnits(desired, applied)),
    observeDropIns(ports, desired, applied),
    ports.credentials.readComplete(applied.credentials),
  ]);
  const units = await addDownCauses(ports.manager, desired, found);
  return addNeedsReload(ports, applied, { files, units, ...dropIns, generation, ties: noTies });
}

/**
 * Asks whether systemd has loaded the files of a unit as they are on disk, only where that tells what the unit was started with.
 * @throws AgentError `systemd-unreachable`
 */
export async function addNeedsReload<Seen extends Pick<Observed, "files" | "foreignDropIns" | "units">>(
  { manager, layout }: Pick<ObservePorts, "manager" | "layout">,
  applied: Inventory,
  seen: Seen,
): Promise<Seen> {
  const names = listUnclearStarts(applied, seen, layout);
  if (names.length === 0) return seen;
  const loaded = await manager.readLoaded(names);
  const units = [...seen.units].map(([name, unit]): [string, ObservedUnit] => {
    const needDaemonReload = loaded.get(name)?.needDaemonReload;
    return [name, needDaemonReload === undefined ? unit : { ...unit, needDaemonReload }];
  });
  return { ...seen, units: new Map(units) };
}

/**
 * Reads the content of each path that the plan may write, delete or put back. What git leaves as it was applied is read only
 * if the file system shows a change: no step of the plan depends on it, and drift is told by what the change shows.
 */
async function observeFiles(
  ports: ObservePorts,
  desired: Desired,
  applied: Inventory,
  otherPaths: readonly string[],
): Promise<ReadonlyMap<string, ObservedFile>> {
  const vendorFiles = await listVendorFiles(ports, desired, applied);
  const touched = new Set([...vendorFiles, ...otherPaths]);
  const kept: string[] = [];
  for (const path of listPaths(desired, applied)) {
    if (!touched.has(path) && isLeftAlone(path, desired, applied)) kept.push(path);
    else touched.add(path);
  }
  const recalled = await ports.files.observe(kept, "recall");
  return new Map([...recalled, ...(await ports.files.observe([...touched]))]);
}

function listPaths(desired: Desired, applied: Inventory): readonly string[] {
  const known = [...Object.keys(applied.files), ...Object.keys(applied.originals)];
  return [...new Set([...desired.files.keys(), ...known, ...listVendorPlaces(desired, applied)])];
}

/** The distribution's files of units that are new in git. */
async function listVendorFiles(
  { files, layout }: ObservePorts,
  desired: Desired,
  applied: Inventory,
): Promise<readonly string[]> {
  const names = new Set(listNewFragments(desired, applied).map(({ unit }) => unit));
  if (names.size === 0) return [];
  const listed = layout.vendorDirectories.map(async (directory) => {
    const found = await files.list(directory);
    return found.flatMap((name) => (names.has(name) ? [`${directory}/${name}`] : []));
  });
  return (await Promise.all(listed)).flat();
}

function listUnits(desired: Desired, applied: Inventory): readonly string[] {
  const own = [...desired.units.keys(), ...Object.keys(applied.units)];
  const hooks = [...desired.files.values(), ...Object.values(applied.files)].flatMap((file) =>
    "hooks" in file ? (file.hooks ?? []) : [],
  );
  const owed = applied.owedHooks.map(({ hook }) => hook);
  const hooked = [...hooks, ...owed].flatMap((hook) => (hook.verb === "run" ? [] : [hook.unit]));
  const interrupted = [...applied.runningBefore, ...applied.leaving, ...Object.keys(applied.takenOver)];
  return [
    ...new Set([
      ...own,
      ...interrupted,
      ...hooked,
      ...listDecidingUnits(desired),
      ...listServicesOfSockets(desired),
    ]),
  ];
}

/**
 * Looks a second time, after an apply has changed the host. Asks systemd for all properties only of units whose state has
 * changed since `before`, and of the units in `touched`, which may have a new process in the same state.
 * @throws AgentError `systemd-unreachable`
 */
export async function observeAgain(
  ports: ObservePorts,
  desired: Desired,
  applied: Inventory,
  before: Observed,
  touched: ReadonlySet<string>,
): Promise<Observed> {
  const [files, states, dropIns, generation] = await Promise.all([
    ports.files.observe(listPaths(desired, applied), "recall"),
    ports.manager.glance(unitTypes),
    observeDropIns(ports, desired, applied),
    ports.credentials.readComplete(applied.credentials),
  ]);
  const names = listUnits(desired, applied);
  const templates = new Set(names.filter(isTemplateName));
  const instances = [...states.keys()].filter((name) => templates.has(parseInstance(name)?.template ?? ""));
  const isKnown = (name: string) => {
    const known = before.units.get(name);
    const now = states.get(known?.name ?? name);
    if (known === undefined || touched.has(name)) return false;
    if (now === undefined) return known.activeState === "inactive" && known.job === null;
    return now.activeState === known.activeState && now.subState === known.subState && now.job === known.job;
  };
  const asked = [...new Set([...names, ...instances])].filter((name) => !isTemplateName(name));
  const read = await ports.manager.readUnits(asked.filter((name) => !isKnown(name)));
  const units = await addDownCauses(ports.manager, desired, new Map([...before.units, ...read]));
  return addNeedsReload(ports, applied, { files, units, ...dropIns, generation, ties: noTies });
}

/**
 * Asks why units are down, only for units that are expected to run and are inactive: there the cause decides about a start.
 */
async function addDownCauses(
  manager: ManagerPort,
  desired: Desired,
  units: ReadonlyMap<string, ObservedUnit>,
): Promise<ReadonlyMap<string, ObservedUnit>> {
  const idle = [...findExpectedUnits(desired, units).expected].filter(
    (name) => units.get(name)?.activeState === "inactive",
  );
  const causes = idle.length === 0 ? new Map() : await manager.readDownCauses(idle);
  const explain = (name: string, unit: ObservedUnit): ObservedUnit => {
    const downBecause = causes.get(name);
    return downBecause === undefined ? unit : { ...unit, downBecause };
  };
  return new Map([...units].map(([name, unit]) => [name, explain(name, unit)]));
}

/** Reads the named units and every loaded instance of the named templates, also instances that git does not name. */
export async function observeUnits(
  manager: ManagerPort,
  names: readonly string[],
): Promise<ReadonlyMap<string, ObservedUnit>> {
  const templates = names.filter(isTemplateName);
  const patterns = templates.map((template) => template.replace("@.", "@*."));
  const instances = patterns.length === 0 ? [] : await manager.listLoaded(patterns);
  const concrete = names.filter((name) => !isTemplateName(name));
  return manager.readUnits([...new Set([...concrete, ...instances])]);
}
