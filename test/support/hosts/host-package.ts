/** The Debian package for a root file system, made from dist/. */
import { makeDebianPackage } from "../../../scripts/package/debian.ts";
import { readRelease } from "../../../scripts/package/release.ts";
import { findRuntime, type Runtime } from "../../../scripts/package/runtime.ts";
import type { RootName } from "../machine/root-filesystem.ts";

export interface HostPackage {
  /** Path of the package. */
  readonly file: string;
  /** The node that it brings along; null where the host has one that is new enough. */
  readonly runtime: Runtime | null;
}

/** @param directory where it is written */
export async function makeHostPackage(root: RootName, directory: string): Promise<HostPackage> {
  // A node of Debian's own cannot go to other hosts, but then the host's root has a package of it.
  const runtime = root === "host" ? await findRuntime().catch(() => null) : null;
  return { file: await makeDebianPackage(await readRelease(), runtime, directory), runtime };
}
