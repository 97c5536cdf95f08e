/**
 * Turns files/ of the repository, and files beside quadlets, into files and links of the host, with their rules. Refuses paths
 * that git must never manage. Pure.
 */

import type { HostFile } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { FileRules } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { listParents } from "../units/parent-paths.ts";
import { listHooks } from "./file-rules.ts";
import { longestTarget, readTarget, resolveLink } from "./linked-unit.ts";

export function buildManagedFiles(
  files: ReadonlyMap<string, SnapshotFile>,
  rules: ReadonlyMap<string, FileRules>,
  layout: HostLayout,
  digestBytes: (bytes: Uint8Array) => string,
): { readonly entries: readonly HostFile[]; readonly diagnostics: readonly Diagnostic[] } {
  const entries: HostFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [path, file] of files) {
    const refusal = explainRefusal(path, file, layout);
    if (refusal !== null) {
      diagnostics.push({ severity: "error", code: "file-refused", file: file.path, ...refusal });
      continue;
    }
    const rule = rules.get(path) ?? {};
    const hooks = listHooks(rule);
    const base = { path, role: "file", origin: file.path, unit: null } as const;
    const named = { ...base, ...(hooks.length === 0 ? {} : { hooks }) };
    if (file.mode === "symlink") {
      entries.push({ ...named, kind: "link", linkTarget: readTarget(file) });
      continue;
    }
    entries.push({
      ...named,
      kind: "file",
      bytes: file.bytes,
      digest: digestBytes(file.bytes),
      mode: rule.mode ?? (file.mode === "executable" ? 0o755 : 0o644),
      ...(rule.owner === undefined ? {} : { owner: rule.owner }),
      ...(rule.group === undefined ? {} : { group: rule.group }),
    });
  }
  return { entries, diagnostics: [...diagnostics, ...findObstructed(entries)] };
}

/**
 * What a unit that mentions one of these paths depends on: the content of a file; for a link its target, and the content of a
 * file of git that it leads to.
 */
export function listManagedDigests(
  entries: readonly HostFile[],
  digestBytes: (bytes: Uint8Array) => string,
): ReadonlyMap<string, string> {
  const digests = new Map(
    entries.flatMap((entry) => (entry.kind === "file" ? [[entry.path, entry.digest]] : [])),
  );
  const links = entries.flatMap((entry) => (entry.kind === "link" ? [entry] : []));
  const ofLinks = links.map(({ path, linkTarget }) => {
    const target = linkTarget.startsWith("/") ? linkTarget : (resolveLink(path, linkTarget) ?? "");
    const content = digests.get(target) ?? "";
    return [path, digestBytes(new TextEncoder().encode(`${linkTarget}\0${content}`))] as const;
  });
  return new Map([...digests, ...ofLinks]);
}

/** Finds paths that are a file or link in one layer and a directory in another: a host can have only one of them. */
function findObstructed(entries: readonly HostFile[]): readonly Diagnostic[] {
  const sources = new Map(entries.map(({ path, kind, origin }) => [path, `a ${kind} in ${origin}`]));
  return entries.flatMap(({ path, origin }): readonly Diagnostic[] => {
    const obstacle = listParents(path).find((parent) => sources.has(parent));
    if (obstacle === undefined) return [];
    const message = `needs the directory ${obstacle}, which is ${sources.get(obstacle)}`;
    const hint = "remove or rename one of the two";
    return [{ severity: "error", code: "file-refused", file: origin, message, hint }];
  });
}

function explainRefusal(
  path: string,
  file: SnapshotFile,
  layout: HostLayout,
): { readonly message: string; readonly hint: string } | null {
  const target = file.mode === "symlink" ? readTarget(file) : null;
  if (target !== null && (target === "" || target.length > longestTarget || target.includes("\0"))) {
    return { message: "is a symlink that a host cannot have", hint: "make the link anew, to a path" };
  }
  if (isBelow(path, layout.unitDirectory) || path === layout.quadletDirectory) {
    return { message: `would be written to ${path}`, hint: "units and quadlets belong below units/" };
  }
  if (!layout.fileTrees.some((tree) => isBelow(path, tree))) {
    const [home] = layout.fileTrees;
    return {
      message: `would be written to ${path}, outside of ${home}`,
      hint: "the agent of a user manages files in the user's home only: root's agent can write this one",
    };
  }
  if (isClosedPath(path, layout)) {
    return { message: `would be written to ${path}`, hint: "this place is never managed from git" };
  }
  return null;
}

/** Whether no file of a repository may be at the path. */
export function isClosedPath(
  path: string,
  { closedFiles, closedTrees, fileTrees }: Pick<HostLayout, "closedFiles" | "closedTrees" | "fileTrees">,
): boolean {
  const isOpen = fileTrees.some((tree) => isBelow(path, tree));
  return !isOpen || closedFiles.includes(path) || closedTrees.some((tree) => isBelow(path, tree));
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}
