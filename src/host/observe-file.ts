/** Looks at one path of the host. Must not change anything or follow a symlink at its end. */
import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import type { ObservedFile } from "../core/state.ts";
import { readBoundedFile, UnsuitableFileError } from "../lib/bounded-file.ts";
import { digestBytes } from "../lib/digest.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import type { Accounts } from "./accounts.ts";

/** Larger files are not compared: no unit or configuration file comes near. */
export const observedLimitBytes = 16 * 1024 * 1024;

/** What stands at `filePath`. Never throws for something that the file system says; that is an observation too. */
export async function observeFile(filePath: string, accounts: Accounts): Promise<ObservedFile> {
  try {
    const stats = await lstat(filePath);
    if (stats.isSymbolicLink()) return { kind: "link", linkTarget: await readlink(filePath) };
    if (!stats.isFile()) return { kind: "other", what: nameKind(stats) };
    return await observeRegularFile(filePath, accounts);
  } catch (error) {
    return observeFailure(error);
  }
}

/** What stands where no file of ours can be, in words. */
export function nameKind(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

async function observeRegularFile(filePath: string, accounts: Accounts): Promise<ObservedFile> {
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
