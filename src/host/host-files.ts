/**
 * The files and symlinks on the host that the agent manages: looks at them, writes, removes and saves them. Must not
 * know what they mean to systemd, except which directories exist only for the files in them.
 */
import { lstat, readdir, rmdir, unlink } from "node:fs/promises";
import path from "node:path";
import type { FileEntry, HostFile } from "../core/model/desired.ts";
import { AgentError } from "../core/model/errors.ts";
import type { ObservedFile } from "../core/model/observed.ts";
import type { ForeignOriginal } from "../core/model/original.ts";
import type { FileChange, HostFilesPort } from "../core/ports/host.ts";
import {
  isTemporaryName,
  removeTemporaries,
  replaceSymlinkAtomically,
  setFileAttributes,
  syncDirectory,
  writeFileAtomically,
} from "../lib/atomic-file.ts";
import { readBoundedFile } from "../lib/bounded-file.ts";
import { mapConcurrently } from "../lib/concurrency.ts";
import { errnoOf, ifAbsent } from "../lib/system-error.ts";
import { accountFiles, loadAccounts } from "./accounts.ts";
import { type BackupOptions, readBackup, saveBackup } from "./backups.ts";
import { nameKind, observeFile } from "./observe-file.ts";
import { findOwner, refuseUnknownOwners } from "./owners.ts";
import { walkParents } from "./parents.ts";
import { glimpse, StatMemory } from "./stat-memory.ts";
import { hostWriteError } from "./write-error.ts";
import { refuseUnwritable } from "./write-places.ts";

/** What `read` reads is text of people: no more than a unit file may have. */
const readLimitBytes = 1024 * 1024;

/** More lookups at once are not faster: libuv has four threads for them. */
const observeConcurrency = 16;

/**
 * Directories that exist only for the drop-ins and links in them (systemd.unit(5), systemd.generator(7)): `x.service.d`,
 * `service.d`, `x.container.d`, `x.target.wants`. Others, like /etc/cron.d, belong to a package even when empty.
 */
const systemdDirectory =
  /(^|\.)(service|socket|device|mount|automount|swap|target|path|timer|slice|scope|container|pod|network|volume|kube|image|build)\.d$|\.(wants|requires|upholds)$/;

/** Paths are absolute and normalized; anything else is a bug of the caller. */
export class HostFiles implements HostFilesPort {
  readonly #backups: BackupOptions;
  /** Directories in which the leftovers of an interrupted write have been removed, or are being removed. */
  readonly #cleaned = new Map<string, Promise<void>>();
  readonly #files = new StatMemory<ObservedFile>();
  /** The account files as they were when the owners of observed files were read: their names come from them. */
  readonly #accounts = new StatMemory<true>();
  readonly #listings = new StatMemory<readonly string[]>();
  #filesRead = 0;

  constructor(options: BackupOptions) {
    this.#backups = options;
  }

  /** How many times the content at a path was read. */
  get filesRead(): number {
    return this.#filesRead;
  }

  /**
   * Reads at most 16 MiB of a file. "recall" must be called with all paths that are to be recalled again: the others are
   * forgotten, until they are read.
   */
  async observe(
    paths: readonly string[],
    care: "read" | "recall" = "read",
  ): Promise<ReadonlyMap<string, ObservedFile>> {
    const known = new Map(care === "recall" ? this.#recall(paths) : []);
    const unknown = paths.filter((filePath) => !known.has(filePath));
    if (unknown.length === 0) return known;
    this.#filesRead += unknown.length;
    const observer = { accounts: await loadAccounts(), memory: this.#files, now: this.#backups.now };
    const observed = await mapConcurrently(unknown, observeConcurrency, async (filePath) => {
      assertHostPath(filePath);
      return [filePath, await observeFile(filePath, observer)] as const;
    });
    for (const [filePath, file] of observed) known.set(filePath, file);
    return known;
  }

  *#recall(paths: readonly string[]): Iterable<[string, ObservedFile]> {
    this.#files.forgetOthers(paths);
    for (const file of accountFiles) {
      const now = glimpse(file, this.#backups.now());
      // The remembered observations hold names of owners, which may be wrong now.
      if (this.#accounts.recall(file, now) === undefined) this.#files.forgetAll();
      this.#accounts.remember(file, now, true);
    }
    for (const filePath of paths) {
      const file = this.#files.recall(filePath, glimpse(filePath, this.#backups.now()));
      if (file !== undefined) yield [filePath, file];
    }
  }

  async read(filePath: string): Promise<Uint8Array | null> {
    assertHostPath(filePath);
    this.#filesRead += 1;
    try {
      const options = { limitBytes: readLimitBytes, symlink: "follow" } as const;
      return (await readBoundedFile(filePath, options)).bytes;
    } catch {
      return null;
    }
  }

  async list(directory: string): Promise<readonly string[]> {
    assertHostPath(directory);
    const before = glimpse(directory, this.#backups.now());
    const known = this.#listings.recall(directory, before);
    if (known !== undefined) return known;
    try {
      const names = (await readdir(directory)).filter((name) => !isTemporaryName(name)).sort();
      // Not remembered for a symlink: it does not change when the directory behind it changes.
      if (before.stats?.isDirectory() === true) this.#listings.remember(directory, before, names);
      return names;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "ENOENT" || errno === "ENOTDIR") return [];
      throw hostWriteError("list", directory, error);
    }
  }

  async resolveOwners(files: readonly HostFile[]): Promise<void> {
    await refuseUnknownOwners(files);
  }

  async resolvePlaces(changes: readonly FileChange[]): Promise<void> {
    await refuseUnwritable(changes);
  }

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

  async setAccess(file: FileEntry): Promise<void> {
    assertHostPath(file.path);
    try {
      await setFileAttributes(file.path, { mode: file.mode, ...(await findOwner(file)) });
    } catch (error) {
      throw hostWriteError("set the mode of", file.path, error);
    }
  }

  async remove(filePath: string): Promise<void> {
    assertHostPath(filePath);
    try {
      if (!(await walkParents(filePath, "stop")).isComplete) return;
      await refuseObstacle(filePath);
      await this.#removeLeftovers(path.dirname(filePath));
      await unlink(filePath).catch(ifAbsent(undefined));
      await this.#removeEmptied(path.dirname(filePath));
    } catch (error) {
      throw hostWriteError("remove", filePath, error);
    }
  }

  async backup(filePath: string, kept: readonly string[]): Promise<string> {
    assertHostPath(filePath);
    return await saveBackup(filePath, kept, this.#backups);
  }

  async restore(filePath: string, original: ForeignOriginal): Promise<void> {
    if (original.kind === "absent") return await this.remove(filePath);
    const place = { path: filePath, role: "file", unit: null, origin: filePath } as const;
    if (original.kind === "link") return await this.write({ ...place, ...original });
    const bytes = await readBackup(original.copy, filePath);
    await this.write({ ...place, ...original, bytes });
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
    await syncDirectory(emptied).catch(ifAbsent(undefined));
  }

  /** Once for each directory. The agent holds its lock, so no other process of the agent is writing there. */
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
  const stats = await lstat(filePath).catch(ifAbsent(undefined));
  if (stats === undefined || stats.isFile() || stats.isSymbolicLink()) return;
  throw new AgentError("host-write-failed", `${nameKind(stats)} stands at ${filePath}`, {
    subject: filePath,
    hint: `move ${filePath} away, or take the file out of the repository, then sync again`,
  });
}

/** Also true when the directory is a symlink now, or was removed by another process. */
function isNotEmptied(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && ["ENOTEMPTY", "EEXIST", "ENOTDIR", "EBUSY", "ENOENT"].includes(errno);
}
