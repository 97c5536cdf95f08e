/** Writes encrypted files into a checkout. Must not leave the checkout, and must not be given plaintext. */
import { lstat, mkdir } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../../core/model/errors.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { describeFailedCall, errnoOf } from "../../lib/system-error.ts";

/**
 * Replaces or creates a file and the directories above it, atomically, with mode 0644: it is encrypted.
 * @param relative path below `directory`, normalized, `/`-separated
 * @throws AgentError `host-write-failed`: also when a directory on the way is a symlink, which could lead elsewhere
 */
export async function writeRepositoryFile(
  directory: string,
  relative: string,
  bytes: Uint8Array,
): Promise<void> {
  try {
    let place = directory;
    for (const part of relative.split("/").slice(0, -1)) {
      place = path.join(place, part);
      await makeRealDirectory(place);
    }
    await writeFileAtomically(path.join(directory, relative), bytes, { mode: 0o644 });
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
      hint: "replace the symlink or file by a directory; the agent reads no secret through a symlink either",
    },
  );
}
