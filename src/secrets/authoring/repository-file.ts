/** Writes files into a checkout. Must not leave the checkout, and must not be given the plaintext of a secret. */
import { lstat, mkdir } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../../core/model/errors.ts";
import { replaceSymlinkAtomically, writeFileAtomically } from "../../lib/atomic-file.ts";
import { describeFailedCall, errnoOf } from "../../lib/system-error.ts";

export interface RepositoryContent {
  readonly mode: "file" | "executable" | "symlink";
  /** For a symlink its target. */
  readonly bytes: Uint8Array;
}

/**
 * Replaces or creates a file or symlink and the directories above it, atomically. What is in a repository may be read by all: a
 * file has the mode 0644, or 0755 when it is executable.
 * @param relative path below `directory`, normalized, `/`-separated
 * @throws AgentError `host-write-failed`: also when a directory on the way is a symlink, which could lead elsewhere
 */
export async function writeRepositoryFile(
  directory: string,
  relative: string,
  { mode, bytes }: RepositoryContent,
): Promise<void> {
  try {
    let parent = directory;
    for (const part of relative.split("/").slice(0, -1)) {
      parent = path.join(parent, part);
      await makeRealDirectory(parent);
    }
    const place = path.join(directory, relative);
    if (mode === "symlink") await replaceSymlinkAtomically(place, new TextDecoder().decode(bytes));
    else await writeFileAtomically(place, bytes, { mode: mode === "executable" ? 0o755 : 0o644 });
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError("host-write-failed", ...describeFailedCall("write", relative, error));
  }
}

async function makeRealDirectory(place: string): Promise<void> {
  await mkdir(place, { mode: 0o755 }).catch((error: unknown) => {
    if (errnoOf(error) !== "EEXIST") throw error;
  });
  if ((await lstat(place)).isDirectory()) return;
  throw new AgentError(
    "host-write-failed",
    `will not write through ${place}: it is not a directory of the checkout`,
    {
      subject: place,
      hint: "replace the symlink or file by a directory; the agent reads nothing through a symlink either",
    },
  );
}
