/**
 * Makes this host able to boot test machines, before the first test: installs what is missing, builds what is not cached,
 * removes what killed runs left behind. Vitest's globalSetup of the e2e tests; the demo calls prepareRoots() itself.
 */
import { installMissing } from "./apt.ts";
import { runCommand } from "./command.ts";
import { readContainerImage } from "./container.ts";
import { ensureDebian13Root } from "./debian13-root.ts";
import { sweepStaleMachines } from "./machine-directory.ts";
import { debian13Packages, hostRootPackages, machinePackages, type NeededPackage } from "./packages.ts";
import {
  type AvailableRoots,
  availableRoots,
  findContainerEngine,
  isInstalled,
  type RootName,
  readRequestedRoots,
} from "./root-filesystem.ts";

/**
 * Prepares the requested roots and says on standard error what it does.
 *
 * @returns the roots that can be booted now, and why others cannot
 * @throws an error when CI=true and a requested root is missing, or when an installation fails
 */
export async function prepareRoots(
  requested: readonly RootName[] = readRequestedRoots(),
): Promise<AvailableRoots> {
  const usesNspawn = requested.some((root) => root !== "container");
  if (usesNspawn && process.platform === "linux" && process.getuid?.() === 0) await prepareNspawn(requested);
  if (requested.includes("container")) await prepareContainer();
  const available = availableRoots(requested);
  if (available.missing.length > 0 && process.env["CI"] === "true") {
    throw new Error(`CI=true allows no skipping: ${available.missing.join("; ")}`);
  }
  for (const reason of available.missing) report(`skipped ${reason}`);
  return available;
}

/** Called by vitest; what it returns is called after the last test. */
export async function setup(): Promise<() => void> {
  await prepareRoots();
  return sweepStaleMachines;
}

async function prepareNspawn(requested: readonly RootName[]): Promise<void> {
  sweepStaleMachines();
  if (isInstalled("apt-get")) await installMissing(listPackages(requested), report);
  if (requested.includes("debian13") && isInstalled("debootstrap")) await ensureDebian13Root(report);
}

function listPackages(requested: readonly RootName[]): readonly NeededPackage[] {
  return [
    ...machinePackages,
    ...(requested.includes("host") ? hostRootPackages : []),
    ...(requested.includes("debian13") ? debian13Packages : []),
  ];
}

/** @throws an error that says how to build the image when it is missing */
async function prepareContainer(): Promise<void> {
  const engine = findContainerEngine();
  if (engine === undefined) return;
  const image = readContainerImage();
  const { exitCode } = await runCommand([engine, "image", "inspect", image]);
  if (exitCode === 0) return;
  throw new Error(
    `${engine} has no image ${image}; build it: ${engine} build -f Dockerfile.test -t ${image} .`,
  );
}

function report(message: string): void {
  process.stderr.write(`e2e: ${message}\n`);
}
