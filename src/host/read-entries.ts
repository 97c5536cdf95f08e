/** Reads files and links of the host for an import. Must not follow a symlink, and must not write. */
import { lstat, readdir, readlink } from "node:fs/promises";
import type { LeftOut, LocalEntry } from "../core/import/imported.ts";
import { AgentError } from "../core/model/errors.ts";
import { readBoundedFile, UnsuitableFileError } from "../lib/bounded-file.ts";
import { describeFailedCall, errnoOf, explainSystemError } from "../lib/system-error.ts";
import { type Accounts, loadAccounts } from "./accounts.ts";
import { findPackages } from "./packages.ts";

/** Far more than a host has. */
const maxEntries = 20_000;
/** As the repository allows for one file. */
const limitBytes = 10 * 1024 * 1024;

export interface FoundEntries {
  readonly entries: readonly LocalEntry[];
  /** What is there and cannot be read. */
  readonly unreadable: readonly LeftOut[];
}

/**
 * All files and links below a directory, sorted by path; none when there is no such directory.
 * @param directory absolute
 * @throws AgentError `usage` when a directory cannot be read, or has too much in it
 */
export async function readEntriesBelow(directory: string): Promise<FoundEntries> {
  const paths: string[] = [];
  await listFiles(directory, paths);
  return readEntries(paths.sort());
}

/** What is at the paths. Those with nothing, a directory or a device at them are left out in silence. */
export async function readEntries(paths: readonly string[]): Promise<FoundEntries> {
  const accounts = await loadAccounts();
  const packages = await findPackages(paths);
  const entries: LocalEntry[] = [];
  const unreadable: LeftOut[] = [];
  for (const path of paths) {
    try {
      const found = await readEntry(path, accounts);
      if (found !== null) entries.push({ ...found, path, packageName: packages.get(path) ?? null });
    } catch (error) {
      unreadable.push({ path, reason: explainUnreadable(error) });
    }
  }
  return { entries, unreadable };
}

async function listFiles(directory: string, paths: string[]): Promise<void> {
  const found = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return [];
    throw new AgentError("usage", ...describeFailedCall("read", directory, error));
  });
  for (const entry of found) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) await listFiles(path, paths);
    else paths.push(path);
    if (paths.length > maxEntries)
      throw new AgentError("usage", `more than ${maxEntries} files below ${directory}`, {
        subject: directory,
        hint: "name the units that are to be imported, and move away what is no unit",
      });
  }
}

async function readEntry(
  path: string,
  accounts: Accounts,
): Promise<Omit<LocalEntry, "path" | "packageName"> | null> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
    throw error;
  });
  const isLink = stats?.isSymbolicLink() === true;
  if (stats === null || !(isLink || stats.isFile())) return null;
  const bytes = isLink
    ? new TextEncoder().encode(await readlink(path))
    : (await readBoundedFile(path, { limitBytes, symlink: "refuse" })).bytes;
  return {
    kind: isLink ? "link" : "file",
    bytes,
    mode: stats.mode & 0o7777,
    owner: await accounts.nameOf("user", stats.uid),
    group: await accounts.nameOf("group", stats.gid),
  };
}

function explainUnreadable(error: unknown): string {
  return error instanceof UnsuitableFileError
    ? `it is ${error.message}`
    : `it cannot be read: ${explainSystemError(error).what}`;
}
