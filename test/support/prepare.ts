/**
 * Makes this host able to boot test machines, before the first test: installs what is missing, builds what is not cached,
 * removes what killed runs left behind. Vitest's globalSetup of the e2e tests; the demo calls prepareRoots() itself.
 */
import { findMissingPackages, installPackages, type NeededPackage } from "./apt.ts";
import { runCommand } from "./command.ts";
import { readContainerImage } from "./container.ts";
import { ensureDebian13Root } from "./debian13-root.ts";
import { sweepStaleMachines } from "./machine-directory.ts";
import {
  type AvailableRoots,
  availableRoots,
  findContainerEngine,
  isInstalled,
  type RootName,
  readRequestedRoots,
} from "./root-filesystem.ts";

const MACHINE_PACKAGES: readonly NeededPackage[] = [
  { name: "systemd-container", because: "test machines are booted with systemd-nspawn" },
  { name: "util-linux", because: "test machines are entered with nsenter" },
  { name: "bsdutils", because: "a shell in a test machine gets its terminal from script" },
];

/** The host's root is what its machines boot from, so these are for the inside of the machines. */
const HOST_ROOT_PACKAGES: readonly NeededPackage[] = [
  { name: "systemd", because: "machines on the host's root boot its systemd" },
  { name: "systemd-sysv", because: "machines on the host's root boot its systemd" },
  { name: "dbus", because: "the agent talks to systemd over D-Bus" },
  { name: "dbus-user-session", because: "the agent's user mode needs a user bus" },
  { name: "libnss-systemd", because: "DynamicUser= needs it to name its users" },
  { name: "libpam-systemd", because: "the agent's user mode needs a user manager" },
  { name: "git", because: "the agent fetches with git" },
  { name: "openssh-client", because: "the agent fetches over ssh, and tests sign commits" },
  { name: "gpg", because: "tests sign commits" },
  { name: "age", because: "tests encrypt secrets with the age command" },
  { name: "iproute2", because: "example services bring up the loopback interface" },
  { name: "curl", because: "example services are checked with it" },
  { name: "procps", because: "tests look at processes" },
];

const DEBIAN13_PACKAGES: readonly NeededPackage[] = [
  { name: "debootstrap", because: "it builds the Debian 13 root" },
  { name: "debian-archive-keyring", because: "debootstrap verifies the Debian archive with it" },
];

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
  if (isInstalled("apt-get")) await installMissing(requested);
  if (requested.includes("debian13") && isInstalled("debootstrap")) await ensureDebian13Root(report);
}

async function installMissing(requested: readonly RootName[]): Promise<void> {
  const missing = await findMissingPackages([
    ...MACHINE_PACKAGES,
    ...(requested.includes("host") ? HOST_ROOT_PACKAGES : []),
    ...(requested.includes("debian13") ? DEBIAN13_PACKAGES : []),
  ]);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const reasons = [...new Set(missing.map(({ because }) => because))];
  report(`installing Debian packages: ${names.join(", ")}, because ${reasons.join("; ")}`);
  await installPackages(names);
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
