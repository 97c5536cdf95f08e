/** Where the agent's sockets are. For commands that only ask: reads agent.yaml as a whole only when it has to. */
import { findDefaultRuntimeDirectory } from "../config/runtime-directory.ts";
import { readConfigText } from "./config-file.ts";

/**
 * @throws AgentError `config-invalid` when agent.yaml cannot be read, or when it must be read as a whole and is not
 *   valid
 */
export async function findRuntimeDirectory(configPath: string): Promise<string> {
  const directory = findDefaultRuntimeDirectory(await readConfigText(configPath));
  if (directory !== null) return directory;
  const { loadAgentConfig } = await import("./compose.ts");
  const { paths } = await loadAgentConfig(configPath);
  return paths.runtimeDirectory;
}
