/** Where git keeps the tip of a branch, and which directories lead there. Must not watch anything. */
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
 * Which of the directories exist, and which ones they are: a directory that was deleted and made again is another
 * one under the same name. The time of birth is needed because file systems give the same inode number again.
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

/** The directory itself, or the nearest one above it that exists. */
export async function findExistingDirectory(directory: string): Promise<string> {
  let candidate = directory;
  while (candidate !== path.dirname(candidate) && (await identifyDirectory(candidate)) === "absent") {
    candidate = path.dirname(candidate);
  }
  return candidate;
}
