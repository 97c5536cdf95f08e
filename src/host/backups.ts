/**
 * Keeps copies of what the agent is about to overwrite or delete although somebody else wrote it. Must not decide what
 * is worth a copy, and must not touch the original.
 */
import { lstat, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import { syncDirectory, writeNewFile } from "../lib/atomic-file.ts";
import { readBoundedFile } from "../lib/bounded-file.ts";
import { errnoOf } from "../lib/system-error.ts";
import { hostWriteError } from "./write-error.ts";

/** A copy is kept in memory while it is made; units and configuration files are far below. */
const limitBytes = 64 * 1024 * 1024;
/** How many directories of copies are kept. There is one for each second in which something was saved. */
const keptDirectories = 100;
/** Copies of one file within one second. */
const maxAttempts = 1_000;
const directoryName = /^\d{8}T\d{6}Z(-\d{3})?$/;

export interface BackupOptions {
  readonly backupDirectory: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Copies the file or symlink at `filePath` to `<backups>/<UTC time>/<path>`: 0600 below directories of 0700, because
 * a hand edit may hold a secret. Then removes the oldest beyond the newest 100 times.
 * @param kept copies that stay, however old they are
 * @returns the absolute path of the copy
 * @throws AgentError `host-write-failed`; nothing may be overwritten then
 */
export async function saveBackup(
  filePath: string,
  kept: readonly string[],
  options: BackupOptions,
): Promise<string> {
  try {
    const copy = await copyToFreePlace(filePath, options);
    await removeOldest(options.backupDirectory, [copy, ...kept]);
    return copy;
  } catch (error) {
    throw hostWriteError("make a backup of", filePath, error);
  }
}

async function copyToFreePlace(filePath: string, { backupDirectory, now }: BackupOptions): Promise<string> {
  const time = formatUtcTime(now());
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const suffix = attempt === 0 ? "" : `-${String(attempt).padStart(3, "0")}`;
    const copy = path.join(backupDirectory, time + suffix, filePath);
    try {
      await mkdir(path.dirname(copy), { recursive: true, mode: 0o700 });
      await copyDurably(filePath, copy);
      return copy;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
  throw new AgentError("host-write-failed", `too many backups of ${filePath} within one second`, {
    subject: filePath,
    hint: "two programs keep overwriting each other's version of this file; find the other one",
  });
}

async function copyDurably(from: string, to: string): Promise<void> {
  const stats = await lstat(from);
  if (stats.isSymbolicLink()) await symlink(await readlink(from), to);
  else {
    const { bytes } = await readBoundedFile(from, { limitBytes, symlink: "refuse" });
    await writeNewFile(to, bytes, { mode: 0o600 });
  }
  await syncDirectory(path.dirname(to));
}

/** Never removes a directory with a copy in `kept`: when the clock was set back, even the newest copy looks old. */
async function removeOldest(backupDirectory: string, kept: readonly string[]): Promise<void> {
  const names = (await readdir(backupDirectory)).filter((name) => directoryName.test(name)).sort();
  for (const name of names.slice(0, Math.max(0, names.length - keptDirectories))) {
    if (kept.some((copy) => copy.startsWith(`${path.join(backupDirectory, name)}/`))) continue;
    await rm(path.join(backupDirectory, name), { recursive: true, force: true });
  }
}

/** `20261120T083000Z`: sorts by time and needs no quoting in a shell. */
function formatUtcTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
}

/**
 * The bytes of a copy.
 * @throws AgentError `host-write-failed` when it is gone or cannot be read
 */
export async function readBackup(copy: string, filePath: string): Promise<Uint8Array> {
  try {
    return (await readBoundedFile(copy, { limitBytes, symlink: "refuse" })).bytes;
  } catch (error) {
    throw new AgentError("host-write-failed", `the copy of ${filePath} cannot be read: ${copy}`, {
      subject: copy,
      hint: `bring the copy back, or put what ${filePath} was before there yourself`,
      cause: error,
    });
  }
}
