/** Checks the file with the https token before git needs it. Must not keep the token or put it into an error. */
import { open } from "node:fs/promises";
import { AgentError } from "../core/errors.ts";

const longestTokenFile = 16 * 1024;

/**
 * The token, for recognising it in what a server sends back; git reads the file itself.
 * @throws AgentError `repository-unreachable` when the file cannot be read or is not one line of printable ASCII
 */
export async function readToken(path: string): Promise<string> {
  const text = await readStart(path);
  const token = text.replace(/\n$/, "");
  if (!/^[\x21-\x7e]+$/.test(token) || text.length > longestTokenFile) {
    throw new AgentError("repository-unreachable", `the token file ${path} does not hold one token`, {
      subject: path,
      hint: "It must hold the token alone on one line, without spaces or a carriage return.",
    });
  }
  return token;
}

async function readStart(path: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longestTokenFile + 1), 0);
      return buffer.toString("latin1", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new AgentError("repository-unreachable", `cannot read the token file ${path}`, {
      subject: path,
      hint: "Check that the file exists and that the agent's user may read it.",
      cause: error,
    });
  }
}
