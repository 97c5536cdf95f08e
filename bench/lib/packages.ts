/**
 * Debian packages of the tools that we are compared with. A machine has no network, so apt of this host downloads them, with
 * what they need and this host has not; dpkg installs them into the overlay of one machine. This host stays as it is.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readEnvironment } from "../../test/support/machine/apt.ts";
import { checkCommand } from "../../test/support/machine/command.ts";
import type { Machine } from "../../test/support/machine/machine.ts";
import type { RootName } from "../../test/support/machine/root-filesystem.ts";

export const packagesInMachine = "/opt/bench-packages";

const timeoutMs = 15 * 60_000;

/**
 * Downloads a package, unless it is in the cache directory.
 * @returns the directory of the .deb files
 * @throws CommandError with what apt-get said; an error for a root whose packages apt of this host does not know
 */
export async function downloadPackage(name: string, root: RootName): Promise<string> {
  if (root !== "host") throw new Error("packages can only be installed into machines of the root host");
  const cache = process.env["XDG_CACHE_HOME"] || "/var/cache";
  const directory = join(cache, "gitops-agent-test", `bench-${name}`);
  if (existsSync(directory)) return directory;
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(join(unfinished, "partial"), { recursive: true });
  const options = { env: { ...readEnvironment(), DEBIAN_FRONTEND: "noninteractive" }, timeoutMs };
  const apt = ["apt-get", "--quiet", "--yes", "--no-install-recommends", "--download-only"];
  try {
    const archives = `--option=Dir::Cache::archives=${unfinished}`;
    await checkCommand([...apt, archives, "install", "--", name], options);
    renameSync(unfinished, directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return directory;
}

/** Installs what is bound at `packagesInMachine`; starts none of its services. */
export async function installPackages(machine: Machine): Promise<void> {
  await machine.writeFile("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await machine.shell(`dpkg --install ${packagesInMachine}/*.deb`, { env, timeoutMs });
}
