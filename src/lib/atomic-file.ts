/**
 * Replaces files and symlinks so that every reader sees either the old or the new one as a whole, even after a crash. Must
 * not know what the files are for, and must not create directories.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readdir, rename, symlink, unlink } from "node:fs/promises";
import path from "node:path";
import { errnoOf, ifAbsent } from "./system-error.ts";

/** In UTF-16 units, at most 150 bytes: with the suffix always within the 255 bytes of a file name. */
const maxBaseLength = 50;

export interface FileAttributes {
  /** Permission bits; the umask does not change them. */
  readonly mode: number;
  /** Numeric owner and group; absent: those of this process. */
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Writes `bytes` under a temporary name in the same directory, syncs them to the disk, and renames the file to `filePath`.
 * A symlink at `filePath` is replaced and not followed. After an error the old file is unchanged, and no temporary file is
 * left.
 * @throws Error of the operating system, with its `code`
 */
export async function writeFileAtomically(
  filePath: string,
  bytes: Uint8Array,
  attributes: FileAttributes,
): Promise<void> {
  const temporary = temporaryPathFor(filePath);
  await replaceWith(filePath, temporary, async () => {
    await writeNewFile(temporary, bytes, attributes);
  });
}

/**
 * Makes `linkPath` a symlink to `target`. A file or link that is there is replaced.
 * @throws Error of the operating system, with its `code`
 */
export async function replaceSymlinkAtomically(linkPath: string, target: string): Promise<void> {
  const temporary = temporaryPathFor(linkPath);
  await replaceWith(linkPath, temporary, async () => {
    await symlink(target, temporary);
  });
}

/**
 * Creates a file that must not exist yet. Its content is on the disk when this returns; its name is only after
 * `syncDirectory`.
 * @throws Error of the operating system, with its `code`
 */
export async function writeNewFile(
  filePath: string,
  bytes: Uint8Array,
  attributes: FileAttributes,
): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  const handle = await open(filePath, flags, attributes.mode);
  try {
    await applyOwner(handle, attributes);
    await handle.writeFile(bytes);
    // Comes after chown and write, because those clear set-user-ID bits. Until here the file has at most these permissions.
    await handle.chmod(attributes.mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Sets mode and owner of a file that exists. A symlink is an error.
 * @throws Error of the operating system, with its `code`
 */
export async function setFileAttributes(filePath: string, attributes: FileAttributes): Promise<void> {
  const handle = await open(filePath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    await applyOwner(handle, attributes);
    // After chown, which clears set-user-ID bits.
    await handle.chmod(attributes.mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Syncs renames, creations and deletions in a directory to the disk. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems cannot sync directories, and there is no other way.
    if (errnoOf(error) !== "EINVAL") throw error;
  } finally {
    await handle.close();
  }
}

/**
 * True for the names of temporary files that this module makes. They begin with a dot and have no suffix that systemd or the
 * quadlet generator reads, so that one that a crash leaves is never loaded.
 */
export function isTemporaryName(name: string): boolean {
  return /^\..*\.gitops-agent-[0-9a-f]{16}$/s.test(name);
}

/** A new temporary name beside `filePath`, for writers that need more than a rename. */
export function temporaryPathFor(filePath: string): string {
  const { dir, base } = path.parse(filePath);
  return path.join(dir, `.${base.slice(0, maxBaseLength)}.gitops-agent-${randomBytes(8).toString("hex")}`);
}

/**
 * Removes temporary files that interrupted writes have left in a directory. The caller makes sure that no other writer is
 * at work there. A missing directory is no error.
 * @param finalName removes only temporary files for this name; absent: for all names
 * @throws Error of the operating system, with its `code`
 */
export async function removeTemporaries(directory: string, finalName?: string): Promise<void> {
  const prefix = finalName === undefined ? "." : `.${finalName.slice(0, maxBaseLength)}.gitops-agent-`;
  const names = await readdir(directory).catch(ifAbsent([]));
  for (const name of names) {
    if (!isTemporaryName(name) || !name.startsWith(prefix)) continue;
    await unlink(path.join(directory, name)).catch(ifAbsent(undefined));
  }
}

async function replaceWith(finalPath: string, temporary: string, create: () => Promise<void>): Promise<void> {
  try {
    await create();
    await rename(temporary, finalPath);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(path.dirname(finalPath));
}

async function applyOwner(handle: FileHandle, { uid, gid }: FileAttributes): Promise<void> {
  if (uid === undefined && gid === undefined) return;
  const before = await handle.stat();
  const wanted = { uid: uid ?? before.uid, gid: gid ?? before.gid };
  if (wanted.uid !== before.uid || wanted.gid !== before.gid) await handle.chown(wanted.uid, wanted.gid);
}
