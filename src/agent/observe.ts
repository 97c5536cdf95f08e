/** Gathers the observed state that one plan or one drift audit needs, and no more. Changes nothing. */
import { listDecidingUnits } from "../core/expected.ts";
import { listRelatedUnits } from "../core/plan-units.ts";
import type { Desired, Inventory, Observed, ObservedUnit } from "../core/state.ts";
import { isTemplateName, parseInstance } from "../core/unit-name.ts";
import { listVendorPlaces } from "../core/vendor-unit.ts";
import type { CredentialStorePort, HostFilesPort, ManagerPort } from "./ports.ts";

export interface ObservePorts {
  readonly files: HostFilesPort;
  readonly manager: ManagerPort;
  readonly credentials: CredentialStorePort;
  /** Directories whose `*.d` subdirectories systemd reads drop-ins from and people write to. */
  readonly dropInParents: readonly string[];
}

/** @throws AgentError `systemd-unreachable` */
export async function observe(ports: ObservePorts, desired: Desired, applied: Inventory): Promise<Observed> {
  const names = new Set([...desired.units.keys(), ...Object.keys(applied.units)]);
  const [files, units, foreignDropIns, generation] = await Promise.all([
    ports.files.observe([
      ...new Set([
        ...desired.files.keys(),
        ...Object.keys(applied.files),
        ...Object.keys(applied.originals),
        ...listVendorPlaces(desired, applied),
      ]),
    ]),
    observeUnits(ports.manager, [
      ...names,
      ...Object.keys(applied.takenOver),
      ...listDecidingUnits(desired),
      ...listRelatedUnits(desired),
    ]),
    findForeignDropIns(ports, applied),
    ports.credentials.readComplete(applied.credentials),
  ]);
  return { files, units, foreignDropIns, generation };
}

/**
 * What the drift audit needs: files only, so that it works while systemd does not answer. It runs at every poll and
 * decides nothing, so it may trust what the file system says has not changed; a plan may not.
 */
export async function observeForDrift(ports: ObservePorts, applied: Inventory): Promise<Observed> {
  const [files, foreignDropIns] = await Promise.all([
    ports.files.observe(Object.keys(applied.files), "recall"),
    findForeignDropIns(ports, applied),
  ]);
  return { files, units: new Map(), foreignDropIns, generation: applied.generation };
}

/** The named units, and every loaded instance of the named templates, also those nobody declared. */
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

async function findForeignDropIns(
  { files, dropInParents }: ObservePorts,
  applied: Inventory,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const parent of dropInParents) {
    const directories = (await files.list(parent)).filter((name) => name.endsWith(".d"));
    for (const directory of directories) {
      const unit = directory.slice(0, -".d".length);
      if (!isOwned(unit, applied)) continue;
      for (const name of await files.list(`${parent}/${directory}`)) {
        const path = `${parent}/${directory}/${name}`;
        if (name.endsWith(".conf") && applied.files[path] === undefined) found.set(path, unit);
      }
    }
  }
  return found;
}

function isOwned(unit: string, applied: Inventory): boolean {
  const template = parseInstance(unit)?.template;
  return (
    applied.units[unit]?.owned === true || (template !== undefined && applied.units[template]?.owned === true)
  );
}
