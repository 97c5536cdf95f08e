/**
 * Replaces files and symlinks so that every reader sees the old or the new one, whole, even after a crash.
 * Must not know what the files are for, and must not create directories.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readdir, rename, symlink, unlink } from "node:fs/promises";
import path from "node:path";
import { errnoOf, ifAbsent } from "./system-error.ts";

/** In UTF-16 units, at most 150 bytes: with the suffix always within the 255 bytes of a file name. */
const maxBaseLength = 50;

export interface FileAttributes {
  /** Permission bits, whatever the umask is. */
  readonly mode: number;
  /** Numeric owner and group; absent: those of this process. */
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Puts `bytes` at `path` under a temporary name in the same directory, makes them durable and renames. A symlink
 * at `path` is replaced itself, not followed. After an error the old file is untouched and nothing is left behind.
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
 * Makes `linkPath` a symlink to `target`, whatever file or link stood there.
 * @throws Error of the operating system, with its `code`
 */
export async function replaceSymlinkAtomically(linkPath: string, target: string): Promise<void> {
  const temporary = temporaryPathFor(linkPath);
  await replaceWith(linkPath, temporary, async () => {
    await symlink(target, temporary);
  });
}

/**
 * Creates a file that must not exist yet; durable as to its content, not yet as to its name.
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
    // After chown and write, which clear set-user-ID bits. Until here the umask only took permissions away.
    await handle.chmod(attributes.mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames, creations and deletions in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems cannot sync directories; they have nothing better to offer.
    if (errnoOf(error) !== "EINVAL") throw error;
  } finally {
    await handle.close();
  }
}

/**
 * True for names that this file gives to temporaries: a leading dot and no suffix that systemd or the quadlet
 * generator reads, so that one left by a crash is never loaded.
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
 * Removes what interrupted writes left in a directory: of every file, or of `finalName` only. The caller makes sure
 * that no other writer is at work there.
 * @throws Error of the operating system, with its `code`; a missing directory is none
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
