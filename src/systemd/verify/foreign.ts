/** Links to the units and drop-ins that others have put into the unit directory: they stay there, so they belong to the check. */
import { mkdir, readdir, readlink, symlink } from "node:fs/promises";
import path from "node:path";
import { isPullingDirectory } from "../../core/drift/places.ts";
import { isUnitName } from "../../core/units/unit-name.ts";
import { ifErrno } from "../../lib/system-error.ts";

/** @param isOurs whether the agent has written the path, or will */
export async function linkForeign(
  unitDirectory: string,
  foreignDirectory: string,
  isOurs: (hostPath: string) => boolean,
): Promise<void> {
  for (const name of await listNames(unitDirectory)) {
    const hostPath = path.join(unitDirectory, name);
    if (isOurs(hostPath) || isPullingDirectory(name)) continue;
    if (isUnitName(name)) await linkLike(hostPath, path.join(foreignDirectory, name));
    else if (name.endsWith(".d")) {
      const foreign = (await listNames(hostPath)).filter((file) => !isOurs(path.join(hostPath, file)));
      if (foreign.length > 0) await mkdir(path.join(foreignDirectory, name), { mode: 0o700 });
      for (const file of foreign)
        await linkLike(path.join(hostPath, file), path.join(foreignDirectory, name, file));
    }
  }
}

/**
 * Copies a link with its target, so that systemd still takes it for an alias or a mask. For a file, makes a link to
 * it.
 */
async function linkLike(hostPath: string, staged: string): Promise<void> {
  const target = await readlink(hostPath).catch(() => null);
  const absolute = target === null ? hostPath : path.resolve(path.dirname(hostPath), target);
  await symlink(absolute, staged);
}

async function listNames(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(ifErrno(["ENOENT", "ENOTDIR", "EACCES"], []));
}
