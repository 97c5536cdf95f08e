/** Knows where git keeps the tip of a branch, and which directories lead there. Must not watch anything. */
import { stat } from "node:fs/promises";
import path from "node:path";

/** Files that git replaces when the branch moves: loose ref, packed refs, or the reftable's list of tables. */
export function refFilesOf(gitDirectory: string, branch: string): readonly string[] {
  return [
    path.join(gitDirectory, "refs", "heads", branch),
    path.join(gitDirectory, "packed-refs"),
    path.join(gitDirectory, "reftable", "tables.list"),
  ];
}

/** The directories from the root of the file system down to each of the files. */
export function directoriesAbove(files: readonly string[]): readonly string[] {
  const directories = new Set<string>();
  for (const file of files) {
    let directory = path.dirname(file);
    while (!directories.has(directory)) {
      directories.add(directory);
      directory = path.dirname(directory);
    }
  }
  return [...directories].sort();
}

/**
 * A text that changes when one of the directories appears, disappears or is replaced by another one of the same name. It
 * has the time of birth, because file systems use inode numbers again.
 */
export async function identifyDirectories(directories: readonly string[]): Promise<string> {
  const identities = await Promise.all(directories.map(identifyDirectory));
  return identities.join("\n");
}

async function identifyDirectory(directory: string): Promise<string> {
  try {
    const { dev, ino, birthtimeNs } = await stat(directory, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return "absent";
  }
}

/** The directory itself; if it does not exist, the nearest one above it that does. */
export async function findExistingDirectory(directory: string): Promise<string> {
  let candidate = directory;
  while (candidate !== path.dirname(candidate) && (await identifyDirectory(candidate)) === "absent") {
    candidate = path.dirname(candidate);
  }
  return candidate;
}
