/** Where the agent's sockets are. For commands that only ask: reads agent.yaml as a whole only when it has to. */
import { hasUsualRuntimeDirectory } from "../config/runtime-directory.ts";
import { type AgentFile, readConfigText } from "./agent-file.ts";

/**
 * @throws AgentError `config-invalid` when agent.yaml cannot be read, or when it must be read as a whole and is not
 *   valid
 */
export async function findRuntimeDirectory(file: AgentFile): Promise<string> {
  if (hasUsualRuntimeDirectory(await readConfigText(file.path))) return file.scope.paths.runtimeDirectory;
  const { loadAgentConfig } = await import("./compose.ts");
  const { layout } = await loadAgentConfig(file);
  return layout.runtimeDirectory;
}
