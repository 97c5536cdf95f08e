/** Starts a configuration repository, for `init --repository`. */
import path from "node:path";
import { listStarterFiles, writeStarterFiles } from "../setup/starter.ts";

/**
 * Writes the files of a new repository, unless `isDry`.
 * @returns their paths, from the top of the repository
 * @throws AgentError `usage` when one of them is there already, `host-write-failed`
 */
export async function startRepository(directory: string, isDry: boolean): Promise<readonly string[]> {
  const top = path.resolve(directory);
  const files = await listStarterFiles(top);
  if (!isDry) await writeStarterFiles(top);
  return files;
}
