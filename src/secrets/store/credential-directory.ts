/**
 * Makes sure that the directory for plaintext credentials belongs to the agent alone and is in memory. Must not write
 * secrets.
 */
import type { Stats } from "node:fs";
import { chmod, lstat, mkdir, statfs } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../../core/model/errors.ts";
import { describeFailedCall } from "../../lib/system-error.ts";

/** f_type of statfs(2). */
const memoryFilesystems: ReadonlySet<number> = new Set([
  0x01021994, // tmpfs
  0x858458f6, // ramfs
]);

/** True for file systems that keep everything in memory (tmpfs may swap unless mounted with noswap). */
export function isMemoryFilesystem(type: number): boolean {
  return memoryFilesystems.has(type);
}

/**
 * Creates `directory` (0700) and its parent, or checks them. Both must be real directories. The parent must not be
 * writable by others; `directory` must belong to the agent's user and be in memory.
 * @throws AgentError `credential-store-unsafe`, `host-write-failed`
 */
export async function prepareCredentialDirectory(directory: string): Promise<void> {
  try {
    // The runtime directory holds the status socket too, which other users may reach.
    await mkdir(path.dirname(directory), { recursive: true, mode: 0o755 });
    await refuseUnsafeParent(path.dirname(directory));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await refuseUnsafeDirectory(directory);
    await chmod(directory, 0o700);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError("host-write-failed", ...describeFailedCall("prepare", directory, error));
  }
}

async function refuseUnsafeParent(parent: string): Promise<void> {
  const stats = await lstat(parent);
  refuseWrongKind(parent, stats);
  if (stats.uid !== 0 && stats.uid !== process.getuid?.()) throw foreignError(parent, stats);
  if ((stats.mode & 0o022) !== 0) {
    throw unsafe(
      parent,
      "other users can write to it",
      `chmod go-w ${parent}, or let systemd-tmpfiles create it`,
    );
  }
}

async function refuseUnsafeDirectory(directory: string): Promise<void> {
  const stats = await lstat(directory);
  refuseWrongKind(directory, stats);
  if (stats.uid !== process.getuid?.()) throw foreignError(directory, stats);
  const { type } = await statfs(directory);
  if (isMemoryFilesystem(type)) return;
  throw unsafe(
    directory,
    `its file system (type 0x${type.toString(16)}) is not tmpfs or ramfs, so secrets would be written to a disk`,
    "use a runtime directory below /run, or mount a tmpfs there",
  );
}

function refuseWrongKind(place: string, stats: Stats): void {
  if (stats.isDirectory()) return;
  const what = stats.isSymbolicLink() ? "a symlink" : "not a directory";
  throw unsafe(place, `it is ${what}`, `find out who put it there, then remove ${place}`);
}

function foreignError(place: string, stats: Stats): AgentError {
  return unsafe(
    place,
    `it belongs to another user (uid ${stats.uid})`,
    `find out who made it, then remove ${place}`,
  );
}

function unsafe(place: string, why: string, hint: string): AgentError {
  return new AgentError("credential-store-unsafe", `will not put secrets into ${place}: ${why}`, {
    subject: place,
    hint,
  });
}
