/**
 * Takes one file of the host into the repository, or says why not. Pure.
 */
import type { HostLayout } from "../model/host-layout.ts";
import type { LeftOut, LocalEntry, PlaintextSecret, RepositoryEntry } from "./imported.ts";
import type { FoundSecret } from "./plaintext-secrets.ts";

export interface ImportRules {
  readonly layout: HostLayout;
  /** Names of the units to take, a template for all its instances; null for every unit that a person made. */
  readonly selected: ReadonlySet<string> | null;
  /** Units that git may not own on this host. */
  readonly isProtected: (unit: string) => boolean;
  /** Whether a path comes from git already. */
  readonly isManaged: (path: string) => boolean;
  /** Take files with secrets in plain text as well. */
  readonly keepSecrets: boolean;
}

/** What every part of an import adds to. */
export interface Parts {
  readonly entries: RepositoryEntry[];
  readonly leftOut: LeftOut[];
  readonly secrets: PlaintextSecret[];
}

/** Takes a file; with a reason against it, or with a secret in it, it is left out. */
export function takeUnlessSecret(
  entry: LocalEntry,
  path: string,
  reason: string | null,
  findSecrets: (bytes: Uint8Array) => readonly FoundSecret[],
  { keepSecrets }: ImportRules,
  { entries, leftOut, secrets }: Parts,
): boolean {
  if (reason !== null) {
    leftOut.push(leave(entry, reason));
    return false;
  }
  const found = entry.kind === "file" ? findSecrets(entry.bytes) : [];
  secrets.push(...found.map((secret) => ({ path: entry.path, ...secret })));
  if (found.length > 0 && !keepSecrets) {
    leftOut.push(leave(entry, "it has a secret in plain text"));
    return false;
  }
  entries.push({ path, mode: modeOf(entry), bytes: entry.bytes, source: entry.path });
  return true;
}

/** Why an entry is not taken, whatever it is; null when nothing speaks against it. */
export function findReason({ path, packageName }: LocalEntry, { isManaged }: ImportRules): string | null {
  if (isManaged(path)) return "it comes from git already";
  return packageName === null ? null : `it belongs to the package ${packageName}`;
}

function modeOf({ kind, mode }: LocalEntry): RepositoryEntry["mode"] {
  if (kind === "link") return "symlink";
  return (mode & 0o100) === 0 ? "file" : "executable";
}

export function leave({ path }: LocalEntry, reason: string): LeftOut {
  return { path, reason };
}
