/** files/ of the repository → files on the host, with their rules; refuses places that must never come from git. Pure. */

import type { FileEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { FileRules } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";

export interface HostPaths {
  readonly unitDirectory: string;
  readonly quadletDirectory: string;
  readonly stateDirectory: string;
  readonly runtimeDirectory: string;
  /** What the agent's own units name as the path of the current credentials. */
  readonly credentialsPath: string;
}

/** Trees that no file of the repository may enter: the kernel's, the running system's, and the agent's own trust. */
const closedTrees = [
  "/proc",
  "/sys",
  "/dev",
  "/run",
  "/var/run",
  "/var/lock",
  "/etc/gitops-agent",
  "/etc/credstore",
  "/etc/ssh",
  "/usr/local/lib/gitops-agent",
  // Where systemd would take units and programs from that belong into units/, or run them at a daemon-reload.
  "/etc/systemd/system",
  "/etc/systemd/system.control",
  "/etc/systemd/system.attached",
  "/etc/systemd/system-generators",
  "/etc/systemd/system-environment-generators",
  "/usr/share/containers/systemd",
  "/usr/local/lib/systemd",
  "/usr/lib/systemd",
  "/lib/systemd",
];
/** Files that decide who can log in or what is mounted at boot. */
const closedFiles = [
  "/usr/local/bin/gitops-agent",
  "/etc/passwd",
  "/etc/shadow",
  "/etc/group",
  "/etc/gshadow",
  "/etc/sudoers",
  "/etc/fstab",
];

export function buildManagedFiles(
  files: ReadonlyMap<string, SnapshotFile>,
  rules: ReadonlyMap<string, FileRules>,
  paths: HostPaths,
  digestBytes: (bytes: Uint8Array) => string,
): { readonly entries: readonly FileEntry[]; readonly diagnostics: readonly Diagnostic[] } {
  const entries: FileEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [path, file] of files) {
    if (/\/\.(gitkeep|gitignore)$/.test(path)) continue;
    const refusal = explainRefusal(path, file, paths);
    if (refusal !== null) {
      diagnostics.push({ severity: "error", code: "file-refused", file: file.path, ...refusal });
      continue;
    }
    const rule = rules.get(path) ?? {};
    entries.push({
      kind: "file",
      path,
      role: "file",
      origin: file.path,
      unit: null,
      bytes: file.bytes,
      digest: digestBytes(file.bytes),
      mode: rule.mode ?? (file.mode === "executable" ? 0o755 : 0o644),
      ...(rule.owner === undefined ? {} : { owner: rule.owner }),
      ...(rule.group === undefined ? {} : { group: rule.group }),
    });
  }
  return { entries, diagnostics: [...diagnostics, ...findObstructed(entries)] };
}

/** Two layers can disagree on whether a path is a file or a directory; a host can have it in one way only. */
function findObstructed(entries: readonly FileEntry[]): readonly Diagnostic[] {
  const origins = new Map(entries.map(({ path, origin }) => [path, origin]));
  return entries.flatMap(({ path, origin }): readonly Diagnostic[] => {
    const obstacle = listParents(path).find((parent) => origins.has(parent));
    if (obstacle === undefined) return [];
    const message = `needs the directory ${obstacle}, which is a file in ${origins.get(obstacle)}`;
    const hint = "remove or rename one of the two";
    return [{ severity: "error", code: "file-refused", file: origin, message, hint }];
  });
}

function listParents(path: string): readonly string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index)).filter((parent) => parent !== "");
}

function explainRefusal(
  path: string,
  file: SnapshotFile,
  paths: HostPaths,
): { readonly message: string; readonly hint: string } | null {
  if (file.mode === "symlink") {
    return { message: "is a symlink", hint: "files/ holds plain files; let a unit make the link" };
  }
  if (isBelow(path, paths.unitDirectory) || isBelow(path, paths.quadletDirectory)) {
    return { message: `would be written to ${path}`, hint: "units and quadlets belong below units/" };
  }
  const closed = [...closedTrees, paths.stateDirectory, paths.runtimeDirectory];
  if (closedFiles.includes(path) || closed.some((tree) => isBelow(path, tree))) {
    return { message: `would be written to ${path}`, hint: "this place is never managed from git" };
  }
  return null;
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
