/** Finds the directory of the agent's sockets without the libraries that the whole of agent.yaml takes. Must not guess. */
import { agentDefaults } from "./agent-defaults.ts";

/** What another directory is named by (agent-schema.ts). */
const key = "runtime-directory";

/**
 * The runtime directory of an agent.yaml that leaves it as it is by default.
 *
 * @param text need not be valid
 * @returns null when only the whole reading can tell: the key that changes it occurs, or may do so as an escape sequence
 */
export function findDefaultRuntimeDirectory(text: string): string | null {
  // Where a line ends is beyond doubt without a lone carriage return.
  if (/[\\\r]/.test(text)) return null;
  // A line that begins like a comment is one, or the content of a scalar: no key begins there.
  const isMentioned = text.split("\n").some((line) => !/^[ \t]*#/.test(line) && line.includes(key));
  return isMentioned ? null : agentDefaults.runtimeDirectory;
}
