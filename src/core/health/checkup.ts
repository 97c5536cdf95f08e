/** What `doctor` says of each precondition, and how facts of the host are judged. Pure; must not find out anything. */

export type CheckResult = "ok" | "warning" | "problem" | "unknown";

export interface Checkup {
  /** A stable word, such as `clock`. */
  readonly check: string;
  readonly result: CheckResult;
  readonly message: string;
  /** What to do; null when there is nothing to do. */
  readonly hint: string | null;
}

/** The version of systemd below which the agent does not work, and those of the other programs. */
export const leastVersions = { systemd: [252, 0], node: [20, 19], git: [2, 34] } as const;

/** The first two numbers of a version such as `git version 2.39.5` or `systemd 257 (257.9-1)`; null for a text without one. */
export function parseVersion(text: string): readonly [number, number] | null {
  const [, major, minor = "0"] = /(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined ? null : [Number(major), Number(minor)];
}

/** @param text what the program printed about its version; null when it could not be started */
export function judgeVersion(name: keyof typeof leastVersions, text: string | null): Checkup {
  const least = leastVersions[name];
  const found = text === null ? null : parseVersion(text);
  const wanted = least[1] === 0 ? `${least[0]}` : least.join(".");
  if (found === null) {
    return problem(name, `${name} cannot be started`, `install it; ${wanted} or newer is needed`);
  }
  const isNew = found[0] > least[0] || (found[0] === least[0] && found[1] >= least[1]);
  const shown = found[1] === 0 ? `${found[0]}` : found.join(".");
  return isNew
    ? ok(name, shown)
    : problem(name, `${shown} is too old`, `${name} ${wanted} or newer is needed`);
}

export interface Space {
  readonly path: string;
  readonly freeBytes: number;
  /** Free inodes; null where the file system does not count them. */
  readonly freeFiles: number | null;
}

const leastFreeBytes = 20 * 1024 * 1024;
const lowFreeBytes = 200 * 1024 * 1024;
const leastFreeFiles = 500;

export function judgeSpace({ path, freeBytes, freeFiles }: Space): Checkup {
  const megabytes = Math.floor(freeBytes / (1024 * 1024));
  const hint = `make room on the file system of ${path}: nothing is applied while the state cannot be written`;
  if (freeBytes < leastFreeBytes) return problem("disk", `only ${megabytes} MiB are free at ${path}`, hint);
  if (freeFiles !== null && freeFiles < leastFreeFiles) {
    return problem("disk", `only ${freeFiles} files can be made at ${path}: the inodes run out`, hint);
  }
  if (freeBytes < lowFreeBytes) return warning("disk", `${megabytes} MiB are free at ${path}`, hint);
  return ok("disk", `${megabytes} MiB free at ${path}`);
}

/** What systemd lets a service write, by the properties of its unit. */
export interface Sandbox {
  readonly readOnly: readonly string[];
  readonly readWrite: readonly string[];
  /** ProtectHome= keeps it from /home, /root and /run/user. */
  readonly isHomeProtected: boolean;
}

const homes = ["/home", "/root", "/run/user"];

/** The paths that the sandbox keeps the agent from writing: of the places that hold a path, the longest decides. */
export function listClosedPaths(paths: readonly string[], sandbox: Sandbox): readonly string[] {
  const closed = [...sandbox.readOnly, ...(sandbox.isHomeProtected ? homes : [])];
  const lengthOf = (places: readonly string[], path: string) =>
    Math.max(-1, ...places.filter((place) => isWithin(path, place)).map((place) => place.length));
  return paths.filter((path) => lengthOf(closed, path) > lengthOf(sandbox.readWrite, path));
}

function isWithin(path: string, place: string): boolean {
  return place === "/" || path === place || path.startsWith(`${place}/`);
}

export function ok(check: string, message: string): Checkup {
  return { check, result: "ok", message, hint: null };
}

export function warning(check: string, message: string, hint: string): Checkup {
  return { check, result: "warning", message, hint };
}

export function problem(check: string, message: string, hint: string): Checkup {
  return { check, result: "problem", message, hint };
}

export function unknown(check: string, message: string, hint: string | null = null): Checkup {
  return { check, result: "unknown", message, hint };
}
