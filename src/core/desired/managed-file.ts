/**
 * Turns files/ of the repository, and files beside quadlets, into files of the host, with their rules. Refuses paths that git
 * must never manage. Pure.
 */

import type { FileEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { FileRules } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { listHooks } from "./file-rules.ts";

export function buildManagedFiles(
  files: ReadonlyMap<string, SnapshotFile>,
  rules: ReadonlyMap<string, FileRules>,
  layout: HostLayout,
  digestBytes: (bytes: Uint8Array) => string,
): { readonly entries: readonly FileEntry[]; readonly diagnostics: readonly Diagnostic[] } {
  const entries: FileEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [path, file] of files) {
    const refusal = explainRefusal(path, file, layout);
    if (refusal !== null) {
      diagnostics.push({ severity: "error", code: "file-refused", file: file.path, ...refusal });
      continue;
    }
    const rule = rules.get(path) ?? {};
    const hooks = listHooks(rule);
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
      ...(hooks.length === 0 ? {} : { hooks }),
    });
  }
  return { entries, diagnostics: [...diagnostics, ...findObstructed(entries)] };
}

/** Finds paths that are a file in one layer and a directory in another: a host can have only one of them. */
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
  layout: HostLayout,
): { readonly message: string; readonly hint: string } | null {
  if (file.mode === "symlink") {
    return { message: "is a symlink", hint: "files/ holds plain files; let a unit make the link" };
  }
  if (isBelow(path, layout.unitDirectory) || path === layout.quadletDirectory) {
    return { message: `would be written to ${path}`, hint: "units and quadlets belong below units/" };
  }
  if (layout.closedFiles.includes(path) || layout.closedTrees.some((tree) => isBelow(path, tree))) {
    return { message: `would be written to ${path}`, hint: "this place is never managed from git" };
  }
  return null;
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
