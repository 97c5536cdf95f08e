/**
 * Reads which object a ref of a repository on this host leads to, without a process. Answers only what is certain, so that
 * git is asked about everything else. Must not write.
 */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";

const objectId = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * Synchronous: a poll does nothing else meanwhile, and reads two small files.
 * @param repository a bare repository, or the directory that all work trees of a repository share
 * @param ref its full name, such as `refs/heads/main`
 * @returns the object's id; null when the files do not say it, or when git might not take the directory for a repository
 */
export function readLocalRef(repository: string, ref: string): string | null {
  try {
    // What git itself wants to find (setup.c, is_git_directory). With reftables the refs are in no text file.
    const isRepository = ["objects", "refs"].every((name) => lstatSync(join(repository, name)).isDirectory());
    const isFileBased = lstatSync(join(repository, "reftable"), { throwIfNoEntry: false }) === undefined;
    if (!isRepository || !isFileBased) return null;
    return readLoose(repository, ref) ?? readPacked(repository, ref);
  } catch {
    return null; // git is asked, and says what is wrong.
  }
}

/** Null also for a symbolic ref. Throws where there is no such file but something else. */
function readLoose(repository: string, ref: string): string | null {
  const file = join(repository, ref);
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  const text = readFileSync(file, "utf8").trim();
  if (!objectId.test(text)) throw new Error(`${file} is no plain ref`);
  return text;
}

/** git writes the packed refs before it deletes the loose ones, so they are read in the other order. */
function readPacked(repository: string, ref: string): string | null {
  for (const line of readFileSync(join(repository, "packed-refs"), "utf8").split("\n")) {
    const [id = "", name] = line.split(" ");
    if (name === ref && objectId.test(id)) return id;
  }
  return null;
}
