/** Reads the files of the host's own units that gitops.yaml enables. Must not change the host. */
import { listAlso, listEnabledNames } from "../core/desired/foreign-enablement.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { RepositoryConfig } from "../core/model/rules.ts";
import type { SnapshotFile } from "../core/model/snapshot.ts";
import type { HostFilesPort } from "../core/ports/host.ts";
import { parseInstance } from "../core/units/unit-name.ts";

/** Far more than any key of gitops.yaml brings along. */
const maxUnits = 1_000;

/**
 * The files of the named units, and of those that are enabled with them (`Also=`); for an instance that of its template. What
 * the agent has written itself is not among them.
 * @returns name of the unit → its file, with its absolute path on the host
 */
export async function readHostUnits(
  { files, layout }: { readonly files: HostFilesPort; readonly layout: HostLayout },
  config: RepositoryConfig,
  applied: Pick<Inventory, "files">,
): Promise<ReadonlyMap<string, SnapshotFile>> {
  const found = new Map<string, SnapshotFile>();
  const { unitDirectory, vendorDirectories, generatorDirectories } = layout;
  const lasting = vendorDirectories.filter((directory) => !generatorDirectories.includes(directory));
  const places = [unitDirectory, ...lasting];
  const read = async (name: string): Promise<SnapshotFile | null> => {
    for (const file of [name, parseInstance(name)?.template ?? name]) {
      for (const path of places.map((place) => `${place}/${file}`)) {
        const bytes = applied.files[path] === undefined ? await files.read(path) : null;
        if (bytes !== null && bytes.length > 0) return { path, mode: "file", bytes, blob: "" };
      }
    }
    return null;
  };
  const names = new Set(listEnabledNames(config));
  // The loop adds to this set, and so also visits what it adds.
  for (const name of names) {
    const file = await read(name);
    if (file === null) continue;
    found.set(name, file);
    for (const other of listAlso(file)) if (names.size < maxUnits) names.add(other);
  }
  return found;
}
