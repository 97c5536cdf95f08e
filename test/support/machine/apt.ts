/**
 * Installs Debian packages, and tells which mirror and proxy this host uses for them. Everything comes from the host's own
 * configuration; no mirror is named here.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { checkCommand, runCommand } from "./command.ts";
import type { NeededPackage } from "./packages.ts";

/** One archive of apt's sources. */
export interface PackageSource {
  readonly uri: string;
  readonly suites: readonly string[];
}

const APT_TIMEOUT_MS = 15 * 60_000;

/**
 * Installs what is missing of the packages, without their recommendations, and says so. Never removes one: a host with
 * another init keeps it.
 *
 * @throws CommandError with what apt-get said
 */
export async function installMissing(
  needed: readonly NeededPackage[],
  report: (message: string) => void,
): Promise<void> {
  const missing = await findMissingPackages(needed);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const reasons = [...new Set(missing.map(({ because }) => because))];
  report(`installing Debian packages: ${names.join(", ")}, because ${reasons.join("; ")}`);
  if (names.includes("openssh-server")) {
    for (const unit of sshUnits) maskUnit(unit);
    report(`${sshUnits.join(" and ")} are masked, so that nothing listens; systemctl unmask undoes that`);
  }
  await installPackages(names);
}

const sshUnits = ["ssh.service", "ssh.socket"];

/** The package starts its server when it is installed; a host that had none does not want one because of a test. */
function maskUnit(unit: string): void {
  const directory = "/etc/systemd/system";
  mkdirSync(directory, { recursive: true });
  try {
    symlinkSync("/dev/null", join(directory, unit));
  } catch (error) {
    // Somebody has an opinion on this unit already.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

async function findMissingPackages(needed: readonly NeededPackage[]): Promise<NeededPackage[]> {
  const names = needed.map(({ name }) => name);
  // Exits with 1 when dpkg has never heard of one of them; the others are printed all the same.
  const { stdout } = await runCommand([
    "dpkg-query",
    "--show",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
    "--showformat=${Package} ${db:Status-Status}\n",
    ...names,
  ]);
  const installed = new Set(stdout.split("\n").filter((line) => line.endsWith(" installed")));
  return needed.filter(({ name }) => !installed.has(`${name} installed`));
}

async function installPackages(names: readonly string[]): Promise<void> {
  const options = {
    env: { ...readEnvironment(), DEBIAN_FRONTEND: "noninteractive" },
    timeoutMs: APT_TIMEOUT_MS,
  };
  const lockTimeout = "--option=DPkg::Lock::Timeout=300";
  await checkCommand(["apt-get", lockTimeout, "--quiet", "update"], options);
  const install = ["install", "--yes", "--no-install-recommends", "--no-remove", "--", ...names];
  await checkCommand(["apt-get", lockTimeout, "--quiet", ...install], options);
}

/** The mirror that a Debian host is configured to use; undefined elsewhere, and where it cannot be told. */
export function findDebianMirror(): string | undefined {
  const release = readOsRelease();
  if (release["ID"] !== "debian") return undefined;
  const suites = new Set([release["VERSION_CODENAME"], "stable", "testing", "unstable"]);
  const candidates = readPackageSources().filter((source) =>
    source.suites.some((suite) => suites.has(suite)),
  );
  // Other vendors name their suites after Debian's releases too; a mirror's path ends in what it mirrors.
  return candidates.find(({ uri }) => /^https?:.*\/[^/]*debian[^/]*\/?$/u.test(uri))?.uri;
}

/** The proxy that apt is configured to use, as the variables that debootstrap's wget reads; empty without one. */
export async function readProxyVariables(): Promise<Record<string, string>> {
  const keys = ["http_proxy", "Acquire::http::Proxy", "https_proxy", "Acquire::https::Proxy"];
  const output = await checkCommand(["apt-config", "shell", ...keys]);
  const assignments = [...output.matchAll(/^(\w+)='(.*)'$/gmu)];
  return Object.fromEntries(assignments.map(([, name = "", value = ""]) => [name, value]));
}

/** Parses one-line entries (`deb [options] uri suite component…`). */
export function parseSourcesList(text: string): PackageSource[] {
  const entries = [...text.matchAll(/^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gmu)];
  return entries.map(([, uri = "", suite = ""]) => ({ uri, suites: [suite] }));
}

/** Parses deb822 stanzas (`Types:`, `URIs:`, `Suites:`, …). */
export function parseDeb822Sources(text: string): PackageSource[] {
  const stanzas = text.replaceAll(/^#.*\n?/gmu, "").split(/\n\s*\n/u);
  return stanzas.flatMap((stanza) => {
    if (!readField(stanza, "Types").includes("deb") || readField(stanza, "Enabled").includes("no")) return [];
    const suites = readField(stanza, "Suites");
    return readField(stanza, "URIs").map((uri) => ({ uri, suites }));
  });
}

/** This process's own environment, as values that a child process takes. */
export function readEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function readField(stanza: string, name: string): string[] {
  const value = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, "imu").exec(stanza)?.[1] ?? "";
  return value.split(/\s+/u).filter(Boolean);
}

function readPackageSources(): PackageSource[] {
  const directory = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...listDirectory(directory).map((name) => join(directory, name))];
  return files.flatMap((file) => {
    if (file.endsWith(".list")) return parseSourcesList(readIfPresent(file));
    return file.endsWith(".sources") ? parseDeb822Sources(readIfPresent(file)) : [];
  });
}

function readOsRelease(): Record<string, string> {
  const assignments = [...readIfPresent("/etc/os-release").matchAll(/^(\w+)="?([^"\n]*)"?$/gmu)];
  return Object.fromEntries(assignments.map(([, key = "", value = ""]) => [key, value]));
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}
