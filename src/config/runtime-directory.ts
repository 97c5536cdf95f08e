/**
 * Finds the directory of the agent's sockets without the libraries that parse agent.yaml as a whole. Must not guess.
 */
import { agentDefaults } from "./agent-defaults.ts";

/** The key that sets another directory (agent-schema.ts). */
const key = "runtime-directory";

/**
 * The default runtime directory, when this agent.yaml certainly does not change it.
 *
 * @param text need not be valid
 * @returns null when agent.yaml must be parsed to tell: it has the key, or might have it as an escape sequence
 */
export function findDefaultRuntimeDirectory(text: string): string | null {
  // A backslash may begin an escape sequence. With a carriage return it is not certain where lines end.
  if (/[\\\r]/.test(text)) return null;
  // A line that begins with # is a comment or the content of a scalar: no key begins there.
  const isMentioned = text.split("\n").some((line) => !/^[ \t]*#/.test(line) && line.includes(key));
  return isMentioned ? null : agentDefaults.runtimeDirectory;
}
