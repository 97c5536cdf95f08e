/**
 * The files and symlinks on the host that the agent manages: looks at them, writes, removes and saves them. Must not
 * know what they mean to systemd, except which directories exist only for their content.
 */
import { lstat, readdir, rmdir, unlink } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../core/errors.ts";
import type { HostFile, ObservedFile } from "../core/state.ts";
import {
  isTemporaryName,
  removeTemporaries,
  replaceSymlinkAtomically,
  syncDirectory,
  writeFileAtomically,
} from "../lib/atomic-file.ts";
import { mapConcurrently } from "../lib/concurrency.ts";
import { errnoOf } from "../lib/system-error.ts";
import { loadAccounts } from "./accounts.ts";
import { type BackupOptions, saveBackup } from "./backups.ts";
import { nameKind, observeFile } from "./observe-file.ts";
import { findOwner, refuseUnknownOwners } from "./owners.ts";
import { walkParents } from "./parents.ts";
import { hostWriteError } from "./write-error.ts";

/** More than 16 lookups at once are not faster: libuv has four threads for them. */
const observeConcurrency = 16;

/**
 * Directories that exist only for the drop-ins and links in them (systemd.unit(5), systemd.generator(7)): `x.service.d`,
 * `service.d`, `x.container.d`, `x.target.wants`. Others, like /etc/cron.d, belong to a package even when empty.
 */
const systemdDirectory =
  /(^|\.)(service|socket|device|mount|automount|swap|target|path|timer|slice|scope|container|pod|network|volume|kube|image|build)\.d$|\.(wants|requires|upholds)$/;

/** Implements the agent's HostFilesPort. Paths are absolute and normalized; anything else is a bug of the caller. */
export class HostFiles {
  readonly #backups: BackupOptions;
  /** Directories whose leftovers of an interrupted write have been removed, or are being removed. */
  readonly #cleaned = new Map<string, Promise<void>>();

  constructor(options: BackupOptions) {
    this.#backups = options;
  }

  /** What stands at each path, symlinks themselves and not what they point to. Reads at most 16 MiB of a file. */
  async observe(paths: readonly string[]): Promise<ReadonlyMap<string, ObservedFile>> {
    const accounts = await loadAccounts();
    const files = await mapConcurrently(paths, observeConcurrency, async (filePath) => {
      assertHostPath(filePath);
      return [filePath, await observeFile(filePath, accounts)] as const;
    });
    return new Map(files);
  }

  /** Names in a directory, sorted, without what an interrupted write of ours left; empty when there is none. */
  async list(directory: string): Promise<readonly string[]> {
    assertHostPath(directory);
    try {
      const names = await readdir(directory);
      return names.filter((name) => !isTemporaryName(name)).sort();
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "ENOENT" || errno === "ENOTDIR") return [];
      throw hostWriteError("list", directory, error);
    }
  }

  /**
   * Checks that every owner and group exists, so that an apply can refuse before its first write.
   * @throws AgentError `host-write-failed` with one diagnostic for each unknown name
   */
  async resolveOwners(files: readonly HostFile[]): Promise<void> {
    await refuseUnknownOwners(files);
  }

  /**
   * Puts file or link in place: complete, durable, with its final mode and owner, or not at all.
   * @throws AgentError `host-write-failed`
   */
  async write(file: HostFile): Promise<void> {
    assertHostPath(file.path);
    try {
      await walkParents(file.path, "create");
      await refuseObstacle(file.path);
      await this.#removeLeftovers(path.dirname(file.path));
      if (file.kind === "link") await replaceSymlinkAtomically(file.path, file.linkTarget);
      else await writeFileAtomically(file.path, file.bytes, { mode: file.mode, ...(await findOwner(file)) });
    } catch (error) {
      throw hostWriteError("write", file.path, error);
    }
  }

  /**
   * Removes a file or link, and the directories of systemd's kinds that this empties. Nothing there is no error.
   * @throws AgentError `host-write-failed`
   */
  async remove(filePath: string): Promise<void> {
    assertHostPath(filePath);
    try {
      if (!(await walkParents(filePath, "stop"))) return;
      await refuseObstacle(filePath);
      await this.#removeLeftovers(path.dirname(filePath));
      await unlink(filePath).catch(ignoreAbsence);
      await this.#removeEmptied(path.dirname(filePath));
    } catch (error) {
      throw hostWriteError("remove", filePath, error);
    }
  }

  /**
   * Copies the file or link at `filePath` below the backup directory; returns where.
   * @throws AgentError `host-write-failed`; nothing may be overwritten then
   */
  async backup(filePath: string): Promise<string> {
    assertHostPath(filePath);
    return await saveBackup(filePath, this.#backups);
  }

  async #removeEmptied(directory: string): Promise<void> {
    let emptied = directory;
    while (systemdDirectory.test(path.basename(emptied))) {
      await this.#removeLeftovers(emptied);
      try {
        await rmdir(emptied);
      } catch (error) {
        if (isNotEmptied(error)) break;
        throw error;
      }
      this.#cleaned.delete(emptied);
      emptied = path.dirname(emptied);
    }
    await syncDirectory(emptied).catch(ignoreAbsence);
  }

  /** Once for each directory: a write of another process cannot be under way, the agent holds its lock. */
  async #removeLeftovers(directory: string): Promise<void> {
    const cleaning = this.#cleaned.get(directory) ?? removeTemporaries(directory);
    this.#cleaned.set(directory, cleaning);
    try {
      await cleaning;
    } catch (error) {
      this.#cleaned.delete(directory);
      throw error;
    }
  }
}

function assertHostPath(filePath: string): void {
  const isPlain = path.isAbsolute(filePath) && path.normalize(filePath) === filePath;
  if (!isPlain || filePath.endsWith("/") || filePath.includes("\0")) {
    throw new Error(`not a plain absolute path: ${JSON.stringify(filePath)}`);
  }
}

async function refuseObstacle(filePath: string): Promise<void> {
  const stats = await lstat(filePath).catch(ignoreAbsence);
  if (stats === undefined || stats.isFile() || stats.isSymbolicLink()) return;
  throw new AgentError("host-write-failed", `${nameKind(stats)} stands at ${filePath}`, {
    subject: filePath,
    hint: `move ${filePath} away, or take the file out of the repository, then sync again`,
  });
}

function ignoreAbsence(error: unknown): undefined {
  if (errnoOf(error) !== "ENOENT") throw error;
}

/** Also a symlink in the place of the directory, and one that somebody else has removed. */
function isNotEmptied(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && ["ENOTEMPTY", "EEXIST", "ENOTDIR", "EBUSY", "ENOENT"].includes(errno);
}
