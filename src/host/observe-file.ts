/** Looks at one path of the host. Must not change anything or follow a symlink at its end. */
import type { BigIntStats, Stats } from "node:fs";
import { readlink } from "node:fs/promises";
import type { ObservedFile } from "../core/model/observed.ts";
import { readBoundedFile, UnsuitableFileError } from "../lib/bounded-file.ts";
import { digestBytes } from "../lib/digest.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import type { Accounts } from "./accounts.ts";
import { glimpse, type StatMemory } from "./stat-memory.ts";

/** Larger files are not compared. Unit and configuration files are far smaller. */
export const observedLimitBytes = 16 * 1024 * 1024;

export interface Observer {
  readonly accounts: Accounts;
  /** Keeps what was read. */
  readonly memory: StatMemory<ObservedFile>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What is at `filePath`. An error of the file system is not thrown: it is an observation, too. */
export async function observeFile(filePath: string, observer: Observer): Promise<ObservedFile> {
  try {
    const before = glimpse(filePath, observer.now());
    const { stats } = before;
    const isLink = stats?.isSymbolicLink() === true;
    if (!isLink && stats?.isFile() === false) return { kind: "other", what: nameKind(stats) };
    const found = isLink ? await readLink(filePath) : await readRegularFile(filePath, observer.accounts);
    observer.memory.remember(filePath, before, found);
    return found;
  } catch (error) {
    return observeFailure(error);
  }
}

/** The kind of something that is neither a file nor a symlink, in words. */
export function nameKind(stats: Stats | BigIntStats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

async function readLink(filePath: string): Promise<ObservedFile> {
  return { kind: "link", linkTarget: await readlink(filePath) };
}

async function readRegularFile(filePath: string, accounts: Accounts): Promise<ObservedFile> {
  const { bytes, stats } = await readBoundedFile(filePath, {
    limitBytes: observedLimitBytes,
    symlink: "refuse",
  });
  return {
    kind: "file",
    digest: digestBytes(bytes),
    mode: stats.mode & 0o7777,
    owner: await accounts.nameOf("user", stats.uid),
    group: await accounts.nameOf("group", stats.gid),
  };
}

function observeFailure(error: unknown): ObservedFile {
  if (error instanceof UnsuitableFileError) return { kind: "other", what: `a file ${error.message}` };
  const errno = errnoOf(error);
  if (errno === "ENOENT" || errno === "ENOTDIR") return { kind: "absent" };
  if (errno === undefined) throw error;
  return { kind: "other", what: `unreadable: ${explainSystemError(error).what}` };
}
