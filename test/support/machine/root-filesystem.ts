/**
 * The root file systems that test machines boot from, and which of them this host can offer. Only looks; what is missing
 * is installed and built by prepare.ts.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Bind } from "./machine-driver.ts";

/** host: this host's own systemd. debian13: built by debootstrap. container: Dockerfile.test under Docker or Podman. */
export type RootName = "host" | "debian13" | "container";

export interface AvailableRoots {
  readonly roots: readonly RootName[];
  /** One sentence for each root that was asked for and is not there. */
  readonly missing: readonly string[];
}

const ROOT_NAMES: readonly RootName[] = ["host", "debian13", "container"];
const ENGINE_TIMEOUT_MS = 10_000;
const PACKAGE_LIST = join(import.meta.dirname, "debian13-packages.txt");

/**
 * The roots the suite is to run on: E2E_ROOTS=host,debian13 or E2E_ROOTS=container; default host and debian13.
 *
 * @throws RangeError for a name that does not exist
 */
export function readRequestedRoots(): RootName[] {
  const names = (process.env["E2E_ROOTS"] ?? "host,debian13").split(",").map((name) => name.trim());
  return names.filter((name) => name !== "").map(parseRootName);
}

/** Which of the requested roots can be booted here and now. Call prepareRoots() before, or take what there is. */
export function availableRoots(requested: readonly RootName[] = readRequestedRoots()): AvailableRoots {
  const roots: RootName[] = [];
  const missing: string[] = [];
  for (const root of requested) {
    const obstacle = findObstacle(root);
    if (obstacle === undefined) roots.push(root);
    else missing.push(`${root}: ${obstacle}`);
  }
  return { roots, missing };
}

/** The packages of the Debian 13 machine, in the order of debian13-packages.txt. */
export function readPackageList(): string[] {
  const lines = readFileSync(PACKAGE_LIST, "utf8").split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

/** Where the Debian 13 root is, or will be when it is built. Outside the repository: it is large and shared by checkouts. */
export function locateDebian13Root(): string {
  const cache = process.env["XDG_CACHE_HOME"] || "/var/cache";
  const digest = createHash("sha256").update(readPackageList().join("\n")).digest("hex").slice(0, 12);
  return join(cache, "gitops-agent-test", `debian13-${digest}`);
}

/** The directory that a machine of this root has below its overlay. */
export function locateLowerDirectory(root: Exclude<RootName, "container">): string {
  return root === "host" ? "/" : locateDebian13Root();
}

/** Makes this host's node a command of the machine where it lives outside the search path, as below ~/.nvm. */
export function findNodeBinds(root: RootName): Bind[] {
  if (root !== "host") return [];
  const isOnSearchPath = ["/usr/bin/node", "/usr/local/bin/node"].some(existsSync);
  if (isOnSearchPath) return [];
  return [{ source: realpathSync(process.execPath), target: "/usr/local/bin/node", readOnly: true }];
}

/** Docker or Podman: CONTAINER_ENGINE, or the first that answers. The client of Docker alone, without an engine, does not. */
export function findContainerEngine(): string | undefined {
  return process.env["CONTAINER_ENGINE"] || ["docker", "podman"].find(hasEngine);
}

function hasEngine(program: string): boolean {
  return spawnSync(program, ["version"], { stdio: "ignore", timeout: ENGINE_TIMEOUT_MS }).status === 0;
}

/** True when a program of this name is in PATH. */
export function isInstalled(program: string): boolean {
  // Debian's su leaves the sbin directories out of PATH.
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories.some((directory) => isExecutable(join(directory, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function parseRootName(name: string): RootName {
  const root = ROOT_NAMES.find((candidate) => candidate === name);
  if (root !== undefined) return root;
  throw new RangeError(`E2E_ROOTS: no root is called "${name}"; there are ${ROOT_NAMES.join(", ")}`);
}

/** Why a machine of this root cannot be booted; undefined when it can. */
function findObstacle(root: RootName): string | undefined {
  if (root === "container") {
    return findContainerEngine() === undefined ? "neither docker nor podman answers" : undefined;
  }
  if (process.platform !== "linux") return "systemd-nspawn needs Linux; try E2E_ROOTS=container";
  if (process.getuid?.() !== 0) return "systemd-nspawn needs root; use sudo, or E2E_ROOTS=container";
  if (!isInstalled("systemd-nspawn")) return "systemd-nspawn is not installed";
  const lower = locateLowerDirectory(root);
  return existsSync(lower) ? undefined : `${lower} has not been built`;
}
