/** Looks at the drop-ins of the host that are not in git. Must not change the host. */
import { isOwned } from "../core/drift/places.ts";
import type { Desired } from "../core/model/desired.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Observed } from "../core/model/observed.ts";
import type { HostFilesPort } from "../core/ports/host.ts";
import { listDecided } from "../core/units/decided.ts";
import { isDropInDirectory, listDropInDirectories, parseInstance } from "../core/units/unit-name.ts";

type DropIns = Pick<Observed, "foreignDropIns" | "overrides">;

/**
 * Those beside units of git, and what those decide that systemd may read for units of the revision.
 * @throws AgentError `host-write-failed` for a directory that cannot be listed
 */
export async function observeDropIns(
  { files, layout }: { readonly files: HostFilesPort; readonly layout: HostLayout },
  desired: Pick<Desired, "files" | "units">,
  applied: Inventory,
): Promise<DropIns> {
  const foreignDropIns = new Map<string, string>();
  const overrides = new Map<string, readonly string[]>();
  const concerns = findConcerned(desired);
  const people = new Set(layout.dropInParents);
  for (const parent of [...layout.dropInParents, ...layout.vendorDropInParents]) {
    for (const directory of (await files.list(parent)).filter(isDropInDirectory)) {
      const unit = directory.slice(0, -".d".length);
      const isBeside = people.has(parent) && isOwned(unit, applied);
      if (!isBeside && !concerns(directory)) continue;
      for (const name of await files.list(`${parent}/${directory}`)) {
        const path = `${parent}/${directory}/${name}`;
        if (!name.endsWith(".conf") || applied.files[path] !== undefined) continue;
        if (isBeside) foreignDropIns.set(path, unit);
        if (desired.files.has(path) || !concerns(directory)) continue;
        overrides.set(path, listDecided((await files.read(path)) ?? new Uint8Array()));
      }
    }
  }
  return { foreignDropIns, overrides };
}

/** Whether systemd may read a directory for a unit of the revision, or for an instance of one of its templates. */
function findConcerned({ files, units }: Pick<Desired, "files" | "units">): (directory: string) => boolean {
  const aliases = [...files.values()].flatMap(({ path, role }) =>
    role === "alias" ? [path.slice(path.lastIndexOf("/") + 1)] : [],
  );
  const directories = new Set([...units.keys(), ...aliases].flatMap(listDropInDirectories));
  return (directory) =>
    directories.has(directory) || units.has(parseInstance(directory.slice(0, -".d".length))?.template ?? "");
}
