/**
 * Looks at the files of the managed units, and at everything else that systemd reads for them: drop-ins of others, links
 * that enable, masks. Must not judge what it sees, and needs no systemd.
 */
import { isOwned, isPullingDirectory, mapDropInDirectories } from "../core/drift/places.ts";
import type { LookPart } from "../core/drift/scope.ts";
import type { SeenFiles } from "../core/drift/seen.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { HostFilesPort } from "../core/ports/host.ts";
import { isDropInDirectory } from "../core/units/unit-name.ts";

export interface FileLookPorts {
  readonly files: HostFilesPort;
  readonly layout: HostLayout;
}

type Directories = ReturnType<typeof mapDropInDirectories>;

export class FileLook {
  readonly #ports: FileLookPorts;
  /** The drop-in directories of all units: to make the map costs more than the rest of a look, and it rarely changes. */
  #memory: { readonly applied: Pick<Inventory, "files" | "units">; readonly map: Directories } | null = null;

  constructor(ports: FileLookPorts) {
    this.#ports = ports;
  }

  /**
   * A look at everything happens at every poll and changes nothing, so it reads only files whose times or sizes have
   * changed. A plan reads every file that it may change.
   * @throws AgentError `host-write-failed` for a directory that cannot be listed
   */
  async look(applied: Inventory, part: LookPart): Promise<SeenFiles> {
    const { files: port } = this.#ports;
    const paths = Object.entries(applied.files).flatMap(([path, file]) =>
      part.hasFile(path, file) ? [path] : [],
    );
    // To recall files means to forget all others.
    const files = await port.observe(paths, part.isAll ? "recall" : "read");
    const directories = part.isAll ? this.#mapAll(applied) : mapDropInDirectories(applied, part.hasUnit);
    const found = await listOthers(this.#ports, applied, part, directories);
    const candidates = await port.observe(found.namesakes);
    const masks = found.namesakes.filter((path) => {
      const file = candidates.get(path);
      return file?.kind === "link" && file.linkTarget === "/dev/null";
    });
    return { ...found, files, masks };
  }

  #mapAll({ files, units }: Inventory): Directories {
    const known = this.#memory;
    if (known?.applied.files === files && known.applied.units === units) return known.map;
    const map = mapDropInDirectories({ files, units }, () => true);
    this.#memory = { applied: { files, units }, map };
    return map;
  }
}

interface Others {
  readonly foreignDropIns: Map<string, string>;
  readonly wideDropIns: Map<string, readonly string[]>;
  readonly vendorDropIns: string[];
  readonly links: Map<string, string>;
  /** Paths with the name of a managed unit. */
  readonly namesakes: string[];
}

async function listOthers(
  { files, layout }: FileLookPorts,
  applied: Inventory,
  part: LookPart,
  units: Directories,
): Promise<Others> {
  const found: Others = {
    foreignDropIns: new Map(),
    wideDropIns: new Map(),
    vendorDropIns: [],
    links: new Map(),
    namesakes: [],
  };
  for (const parent of layout.dropInParents) {
    for (const entry of await files.list(parent)) {
      const path = `${parent}/${entry}`;
      const concerned = units.get(entry) ?? listInstance(entry, applied, part);
      if (concerned !== undefined) {
        for (const dropIn of await listForeign(files, path, applied))
          addDropIn(dropIn, entry, concerned, found);
      } else if (isPullingDirectory(entry)) {
        await addLinks(files, path, applied, part, found);
      } else if (
        applied.units[entry] !== undefined &&
        part.hasUnit(entry) &&
        applied.files[path] === undefined
      ) {
        found.namesakes.push(path);
      }
    }
  }
  for (const parent of layout.vendorDropInParents) {
    const directories = (await files.list(parent)).filter(
      (entry) => units.has(entry) || (part.isAll && isDropInDirectory(entry)),
    );
    for (const directory of directories) {
      const concerned = units.get(directory) ?? [];
      for (const dropIn of await listForeign(files, `${parent}/${directory}`, applied)) {
        found.vendorDropIns.push(dropIn);
        if (concerned.length > 0) found.wideDropIns.set(dropIn, concerned);
      }
    }
  }
  return found;
}

/** The instance of a template of git that the directory is of, although the inventory does not know the instance. */
function listInstance(directory: string, applied: Inventory, part: LookPart): readonly string[] | undefined {
  const own = directory.slice(0, -".d".length);
  return isDropInDirectory(directory) && isOwned(own, applied) && part.hasUnit(own) ? [own] : undefined;
}

async function listForeign(
  files: HostFilesPort,
  directory: string,
  applied: Inventory,
): Promise<readonly string[]> {
  const names = await files.list(directory);
  return names
    .filter((name) => name.endsWith(".conf"))
    .map((name) => `${directory}/${name}`)
    .filter((path) => applied.files[path] === undefined);
}

function addDropIn(path: string, directory: string, concerned: readonly string[], found: Others): void {
  const own = directory.slice(0, -".d".length);
  if (concerned.includes(own)) found.foreignDropIns.set(path, own);
  else found.wideDropIns.set(path, concerned);
}

async function addLinks(
  files: HostFilesPort,
  directory: string,
  applied: Inventory,
  part: LookPart,
  found: Others,
): Promise<void> {
  for (const unit of await files.list(directory)) {
    const path = `${directory}/${unit}`;
    const isOurs = applied.files[path] !== undefined;
    if (!isOurs && part.hasUnit(unit) && isOwned(unit, applied)) found.links.set(path, unit);
  }
}
