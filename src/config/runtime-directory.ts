/**
 * Finds the directory of the agent's sockets without the libraries that parse agent.yaml as a whole. Must not guess.
 */
/** The key that sets another directory (agent-schema.ts). */
const key = "runtime-directory";

/**
 * Whether this agent.yaml certainly does not change the runtime directory. False when it must be parsed to tell: it has the
 * key, or might have it as an escape sequence.
 *
 * @param text need not be valid
 */
export function hasUsualRuntimeDirectory(text: string): boolean {
  // A backslash may begin an escape sequence. With a carriage return it is not certain where lines end.
  if (/[\\\r]/.test(text)) return false;
  // A line that begins with # is a comment or the content of a scalar: no key begins there.
  return !text.split("\n").some((line) => !/^[ \t]*#/.test(line) && line.includes(key));
}
