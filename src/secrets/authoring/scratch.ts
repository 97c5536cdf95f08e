/**
 * A file in memory for a secret while a person edits it. Must not put it on a disk, and must not leave it behind.
 */
import { rmSync } from "node:fs";
import { mkdtemp, statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../../core/model/errors.ts";
import { readBoundedFile, UnsuitableFileError } from "../../lib/bounded-file.ts";
import { errnoOf, explainSystemError } from "../../lib/system-error.ts";
import { plaintextLimitBytes } from "../formats/limits.ts";
import { isMemoryFilesystem } from "../store/credential-directory.ts";

/**
 * Writes `plaintext` to a file `name` (0600, in a directory of 0700, in memory), waits for `edit` and returns what is
 * in the file then. The directory and whatever an editor put beside the file are removed in every case: when `edit`
 * throws, and when this process exits meanwhile.
 * @param places directories to try, in order; the first in memory is used
 * @throws AgentError `credential-store-unsafe` when none of the places is in memory, `usage` when the file is no file of
 *   at most 1 MiB afterwards; what `edit` throws
 */
export async function editInMemory(
  plaintext: Uint8Array,
  name: string,
  places: readonly string[],
  edit: (file: string) => Promise<void>,
): Promise<Uint8Array> {
  const directory = await makeMemoryDirectory(places);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.on("exit", remove);
  try {
    const file = path.join(directory, name);
    await writeFile(file, plaintext, { mode: 0o600, flag: "wx" });
    await edit(file);
    return await readEdited(file);
  } finally {
    remove();
    process.off("exit", remove);
  }
}

/** Directories that usually are in memory: the user's runtime directory, then those for everybody. */
export function listMemoryPlaces(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const runtime = env["XDG_RUNTIME_DIR"];
  return [...(runtime === undefined || runtime === "" ? [] : [runtime]), "/dev/shm", "/run"];
}

async function makeMemoryDirectory(places: readonly string[]): Promise<string> {
  for (const place of places) {
    try {
      const { type } = await statfs(place);
      if (isMemoryFilesystem(type)) return await mkdtemp(path.join(place, "gitops-agent-edit-"));
    } catch (error) {
      // The directory does not exist, or this user may not write to it: the next one is tried.
      if (errnoOf(error) === undefined) throw error;
    }
  }
  throw new AgentError(
    "credential-store-unsafe",
    `no file system in memory to edit a secret on (${places.join(", ")})`,
    {
      hint: "use gitops-agent secret set, which needs no file; or set XDG_RUNTIME_DIR to a directory on a tmpfs",
    },
  );
}

async function readEdited(file: string): Promise<Uint8Array> {
  try {
    return (await readBoundedFile(file, { limitBytes: plaintextLimitBytes, symlink: "refuse" })).bytes;
  } catch (error) {
    const what = error instanceof UnsuitableFileError ? error.message : explainSystemError(error).what;
    throw new AgentError("usage", `cannot use what the editor left: ${what}`, {
      hint: "nothing was changed",
    });
  }
}
