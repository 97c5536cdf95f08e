/** Reads the file with a secret of an integration, at each use: it may be replaced. Must not keep the secret or put it into an error. */
import { AgentError } from "../core/model/errors.ts";
import { UnsuitableFileError } from "../lib/bounded-file.ts";
import { readPrivateFile } from "../lib/private-file.ts";
import { explainSystemError } from "../lib/system-error.ts";

const longestSecretFile = 16 * 1024;

/**
 * The secret: the one line of the file, without its line end.
 * @throws AgentError `integration-secret` when the file cannot be read, other users may read it, or it has not one line
 */
export async function readSecretFile(path: string): Promise<string> {
  const secret = new TextDecoder().decode(await readPrivately(path)).replace(/\r?\n$/, "");
  if (secret !== "" && !/[\r\n]/.test(secret)) return secret;
  throw new AgentError("integration-secret", `${path} does not hold one secret on one line`, {
    subject: path,
    hint: "write the secret alone into it, on one line",
  });
}

async function readPrivately(path: string): Promise<Uint8Array> {
  try {
    return await readPrivateFile(path, longestSecretFile);
  } catch (error) {
    const isUnsuitable = error instanceof UnsuitableFileError;
    const what = isUnsuitable ? error.message : explainSystemError(error).what;
    throw new AgentError("integration-secret", `cannot use the secret in ${path}: ${what}`, {
      subject: path,
      hint: isUnsuitable ? `chmod 600 ${path}` : "check that the file exists and that the agent may read it",
      cause: error,
    });
  }
}
