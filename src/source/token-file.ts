/** Checks the file with the https token before git needs it. Must not keep the token or put it into an error. */
import { AgentError } from "../core/model/errors.ts";
import { UnsuitableFileError } from "../lib/bounded-file.ts";
import { readPrivateFile } from "../lib/private-file.ts";
import { explainSystemError } from "../lib/system-error.ts";

const longestTokenFile = 16 * 1024;

/**
 * Reads the token, so that it can be recognised and hidden in what a server sends back. git reads the file itself.
 * @throws AgentError `repository-unreachable` when the file cannot be read, when other users may read it, or when it is
 *   not one line of printable ASCII
 */
export async function readToken(path: string): Promise<string> {
  const text = new TextDecoder("latin1").decode(await readPrivately(path));
  const token = text.replace(/\n$/, "");
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new AgentError("repository-unreachable", `the token file ${path} does not hold one token`, {
      subject: path,
      hint: "It must hold the token alone on one line, without spaces or a carriage return.",
    });
  }
  return token;
}

async function readPrivately(path: string): Promise<Uint8Array> {
  try {
    return await readPrivateFile(path, longestTokenFile);
  } catch (error) {
    if (error instanceof UnsuitableFileError) {
      throw new AgentError("repository-unreachable", `cannot use the token file ${path}: ${error.message}`, {
        subject: path,
        hint: `chmod 600 ${path}, owned by the user that needs it`,
      });
    }
    const { what } = explainSystemError(error);
    throw new AgentError("repository-unreachable", `cannot read the token file ${path}: ${what}`, {
      subject: path,
      hint: "Check that the file exists and that the agent's user may read it.",
      cause: error,
    });
  }
}
