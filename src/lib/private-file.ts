/** Reads files that only their owner may read. Must never put their content into an error. No domain knowledge. */
import type { Stats } from "node:fs";
import { readBoundedFile, UnsuitableFileError } from "./bounded-file.ts";

/**
 * Reads a private file as a whole.
 * @throws UnsuitableFileError when other users may read it, it is larger than `limitBytes`, or it is not a regular file
 * @throws Error of the operating system, with its `code`
 */
export async function readPrivateFile(filePath: string, limitBytes: number): Promise<Uint8Array> {
  const { bytes, stats } = await readBoundedFile(filePath, { limitBytes, symlink: "follow" });
  if (isReadableByOthers(stats)) {
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, "0");
    throw new UnsuitableFileError(`its permissions (${mode}) let other users read it`);
  }
  return bytes;
}

function isReadableByOthers(stats: Stats): boolean {
  // systemd gives an unprivileged service its credentials as root's files with an ACL, which shows as a group permission.
  const isHandedDown = stats.uid === 0 && process.getuid?.() !== 0;
  return (stats.mode & (isHandedDown ? 0o007 : 0o077)) !== 0;
}
