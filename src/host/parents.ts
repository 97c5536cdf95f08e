/**
 * Checks and creates the directories above a file that is about to be written or removed, so that only root and the
 * agent's own user can redirect the agent by a symlink. Must not touch the file itself.
 *
 * What it cannot prevent: in a directory that another user may write to, that user can swap a directory between
 * the check and the write. Files that git manages do not belong there.
 */
import type { Stats } from "node:fs";
import { chmod, lstat, mkdir, readlink } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import { syncDirectory } from "../lib/atomic-file.ts";
import { errnoOf, ifAbsent } from "../lib/system-error.ts";

/** The kernel's own limit: path_resolution(7). */
const maxLinks = 40;
const directoryMode = 0o755;

interface Place {
  readonly path: string;
  readonly stats: Stats;
}

export interface Walk {
  /** Whether all of the directories exist (now). */
  readonly isComplete: boolean;
  /** Real path of the last directory that exists. */
  readonly directory: string;
}

/**
 * Follows the directories above `filePath` from the root. A symlink is followed only if it is owned by root or by
 * us and lies in a directory that nobody else can write to: distributions ship such links (/bin → usr/bin).
 * @param absent what happens at a missing directory: it is created (0755), or the walk stops
 * @throws AgentError `host-write-failed` for a symlink that is not to be trusted, or something that is no directory
 * @throws Error of the operating system, with its `code`
 */
export async function walkParents(filePath: string, absent: "create" | "stop"): Promise<Walk> {
  const root: Place = { path: "/", stats: await lstat("/") };
  let reached = root;
  let links = 0;
  const pending = splitPath(path.dirname(filePath));
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const next = path.join(reached.path, name);
    const found = await lstat(next).catch(ifAbsent(null));
    if (found === null && absent === "stop") return { isComplete: false, directory: reached.path };
    if (found?.isSymbolicLink() === true) {
      links += 1;
      refuseUntrustedLink(filePath, { path: next, stats: found }, reached, links);
      const target = await readlink(next);
      pending.unshift(...splitPath(target));
      if (path.isAbsolute(target)) reached = root;
      continue;
    }
    const stats = found ?? (await makeDirectory(next));
    if (!stats.isDirectory()) throw notDirectoryError(filePath, next);
    reached = { path: next, stats };
  }
  return { isComplete: true, directory: reached.path };
}

function splitPath(directory: string): string[] {
  return directory.split("/").filter((name) => name !== "" && name !== ".");
}

/** Creates a directory. Resolves with what is there afterwards, because another process may have created it first. */
async function makeDirectory(directory: string): Promise<Stats> {
  try {
    await mkdir(directory, { mode: directoryMode });
    // The agent's umask is strict, but every user must be able to read units.
    await chmod(directory, directoryMode);
    await syncDirectory(path.dirname(directory));
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  return await lstat(directory);
}

function refuseUntrustedLink(filePath: string, link: Place, directory: Place, links: number): void {
  if (links > maxLinks) throw refusal(filePath, `too many symlinks on the way, the last one is ${link.path}`);
  if (!isOurs(link.stats.uid)) {
    throw refusal(filePath, `${link.path} is a symlink made by another user (uid ${link.stats.uid})`);
  }
  if (!isOurs(directory.stats.uid) || (directory.stats.mode & 0o022) !== 0) {
    throw refusal(filePath, `${link.path} is a symlink in a directory that other users can write to`);
  }
}

function isOurs(uid: number): boolean {
  return uid === 0 || uid === process.getuid?.();
}

function refusal(filePath: string, why: string): AgentError {
  return new AgentError("host-write-failed", `will not touch ${filePath}: ${why}`, {
    subject: filePath,
    hint: "replace the symlink by a directory, or manage the file under its real path",
  });
}

function notDirectoryError(filePath: string, place: string): AgentError {
  return new AgentError("host-write-failed", `cannot write ${filePath}: ${place} is not a directory`, {
    subject: filePath,
    hint: `move ${place} away, then sync again`,
  });
}
