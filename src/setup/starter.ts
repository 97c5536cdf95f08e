/** Writes the files of a new configuration repository into a directory. Must not overwrite anything. */
import { lstat, mkdir } from "node:fs/promises";
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import { writeNewFile } from "../lib/atomic-file.ts";
import { describeFailedCall, ifAbsent } from "../lib/system-error.ts";
import { starterFiles } from "./starter-files.ts";

/**
 * The paths of the files, from the top of the repository, in the order in which they are written.
 * @throws AgentError `usage` when one of them is there, `host-write-failed` when `directory` cannot be read
 */
export async function listStarterFiles(directory: string): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const file of starterFiles) {
    const found = await lstat(path.join(directory, file.path)).catch(ifAbsent(null)).catch(fail(directory));
    if (found !== null) taken.push(file.path);
  }
  if (taken.length === 0) return starterFiles.map((file) => file.path);
  throw new AgentError("usage", `${directory} has ${taken.join(", ")} already; nothing was written`, {
    subject: directory,
    hint: "name a new directory, or one without these files",
  });
}

/**
 * Writes all files; the directories are made where needed.
 * @throws AgentError `host-write-failed`
 */
export async function writeStarterFiles(directory: string): Promise<void> {
  for (const file of starterFiles) {
    const target = path.join(directory, file.path);
    const mode = file.isExecutable === true ? 0o755 : 0o644;
    try {
      await mkdir(path.dirname(target), { recursive: true });
      await writeNewFile(target, new TextEncoder().encode(file.text), { mode });
    } catch (error) {
      fail(target)(error);
    }
  }
}

function fail(target: string): (error: unknown) => never {
  return (error) => {
    throw new AgentError("host-write-failed", ...describeFailedCall("write", target, error));
  };
}
