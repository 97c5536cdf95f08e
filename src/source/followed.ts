/**
 * Checks the followed name and the access settings before git gets them, and makes the errors for a source that does not
 * have what is followed. Must not fetch.
 */
import { AgentError } from "../core/model/errors.ts";
import { isRefName } from "../core/model/ref-name.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { GitClone } from "./git-clone.ts";
import { describeUrl, hasPassword } from "./repository-url.ts";
import { readToken } from "./token-file.ts";

/**
 * Refuses settings that git must not be started with.
 * @returns the texts that no message may show
 * @throws AgentError `config-invalid`, `revision-not-found`, `repository-unreachable` (the token file)
 */
export async function checkAccess({
  url,
  followed,
  tokenFile,
}: RepositoryAccess): Promise<readonly string[]> {
  const subject = describeUrl(url);
  if (hasPassword(url)) {
    throw new AgentError("config-invalid", `the URL of ${subject} contains a password`, {
      subject,
      hint: "Every user of the host could read it in the process list: put it into a file and name that as token-file.",
    });
  }
  const { kind, name } = followed;
  if (kind === "commit" ? !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name) : !isRefName(name)) {
    throw new AgentError("revision-not-found", `${JSON.stringify(name)} cannot be the name of a ${kind}`, {
      subject,
      hint:
        kind === "commit"
          ? "Name a commit by its full id."
          : `Name one ${kind}, for instance ${examples[kind]}.`,
    });
  }
  if (tokenFile === undefined) return [];
  const token = await readToken(tokenFile);
  return [token, Buffer.from(`x-access-token:${token}`).toString("base64")];
}

const examples = { branch: "main", tag: "v1" } as const;

const namesInHint = 10;

/**
 * Makes the error for a source that answers but does not have what is followed. Asks the source for the names that it has.
 */
export async function reportMissing(
  { url, followed }: RepositoryAccess,
  clone: GitClone,
  signal: AbortSignal,
): Promise<AgentError> {
  const { kind, name } = followed;
  const where = describeUrl(url);
  const message = `${where} has no ${kind} ${name}`;
  if (kind === "commit") {
    const hint =
      "Push a branch or a tag that contains the commit, or change commit in the agent's configuration.";
    return new AgentError("revision-not-found", message, { subject: where, hint });
  }
  const names = await clone.listNames(kind, namesInHint, signal).catch(() => null);
  signal.throwIfAborted();
  const plural = kind === "branch" ? "branches" : "tags";
  const listed = names?.length === 0 ? `It has no ${plural} yet.` : `It has: ${names?.join(", ")}.`;
  return new AgentError("revision-not-found", message, {
    subject: where,
    hint: `Push the ${kind}, or change ${kind} in the agent's configuration. ${names === null ? "" : listed}`.trim(),
  });
}

/** Makes the error for a tag or an id that leads to something else than a commit. */
export function reportNotACommit({ url, followed }: RepositoryAccess): AgentError {
  const where = describeUrl(url);
  const { kind, name } = followed;
  const problem = kind === "tag" ? `tag ${name} leads to something` : `${name} is the id of something`;
  return new AgentError("revision-not-found", `${where}: ${problem} that is not a commit`, {
    subject: where,
    hint: "Name another tag, or a commit by the id that git log shows.",
  });
}
