/**
 * Reads the identities (private keys) that decrypt this host's secrets. Must never put key material into an error or
 * a warning; that is why the errors of the age library, which quote what they could not decode, are not kept as causes.
 */
import { Decrypter } from "age-encryption";
import { AgentError, type Diagnostic } from "../core/errors.ts";
import { UnsuitableFileError } from "../lib/bounded-file.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import { readPrivateFile } from "./private-file.ts";

/** Some hundred keys; more cannot be meant. */
const limitBytes = 64 * 1024;

export interface LoadedIdentities {
  /** As age-keygen writes them: `AGE-SECRET-KEY-1…` and `AGE-SECRET-KEY-PQ-1…`. Never empty. */
  readonly identities: readonly string[];
  /** Files that were passed over although they are configured. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Reads every file of the list. One that does not exist or holds an ssh key is passed over with a warning, as long
 * as another one has an age identity; anything else that is wrong is an error, since somebody meant that file to work.
 * @throws AgentError `identity-unusable` naming the file, or all of them when none can be used
 */
export async function loadIdentities(paths: readonly string[]): Promise<LoadedIdentities> {
  const identities: string[] = [];
  const warnings: Diagnostic[] = [];
  for (const filePath of paths) {
    const read = await readIdentityFile(filePath);
    if ("skipped" in read) warnings.push(read.skipped);
    else identities.push(...read.identities);
  }
  if (identities.length === 0) throw noIdentityError(paths, warnings);
  return { identities, warnings };
}

type IdentityFile = { readonly identities: readonly string[] } | { readonly skipped: Diagnostic };

async function readIdentityFile(filePath: string): Promise<IdentityFile> {
  try {
    const text = new TextDecoder().decode(await readPrivateFile(filePath, limitBytes));
    if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----/m.test(text)) {
      return { skipped: skip(filePath, "an ssh key as an identity is not supported yet") };
    }
    return { identities: parseIdentities(filePath, text) };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return { skipped: skip(filePath, "the file does not exist") };
    if (error instanceof UnsuitableFileError) {
      throw unusable(filePath, error.message, `chmod 600 ${filePath}, owned by the user that runs the agent`);
    }
    if (errnoOf(error) === undefined) throw error;
    const { what, hint } = explainSystemError(error);
    throw new AgentError("identity-unusable", `cannot read the identity file ${filePath}: ${what}`, {
      subject: filePath,
      hint,
      cause: error,
    });
  }
}

function parseIdentities(filePath: string, text: string): readonly string[] {
  if (/^(age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text)) {
    throw unusable(
      filePath,
      "it is protected by a passphrase, which an agent cannot enter",
      `decrypt it once: age --decrypt ${filePath}, and keep the result readable by root only`,
    );
  }
  const identities: string[] = [];
  for (const [index, rawLine] of text.split("\n").entries()) {
    const line = rawLine.trim();
    if (line === "" || line.startsWith("#")) continue;
    const problem = findProblem(line);
    if (problem !== null) throw unusable(`${filePath}:${index + 1}`, problem, keygenHint(filePath));
    identities.push(line);
  }
  if (identities.length === 0) throw unusable(filePath, "there is no identity in it", keygenHint(filePath));
  return identities;
}

/** Why a line is no identity, without quoting it. */
function findProblem(line: string): string | null {
  if (line.startsWith("age1")) return "this is a recipient (public key), not an identity";
  if (line.startsWith("AGE-PLUGIN-")) return "identities of age plugins are not supported";
  if (!line.startsWith("AGE-SECRET-KEY-")) return "this is not an age identity";
  try {
    new Decrypter().addIdentity(line);
    return null;
  } catch {
    return "this age identity is damaged: a character is wrong or missing";
  }
}

function keygenHint(filePath: string): string {
  return `an identity file is made by age-keygen -o ${filePath}`;
}

function skip(filePath: string, why: string): Diagnostic {
  return {
    severity: "warning",
    code: "identity-skipped",
    file: filePath,
    message: `the identity file ${filePath} is not used: ${why}`,
    hint: "take it out of identities in agent.yaml, or put an age identity there",
  };
}

function unusable(place: string, why: string, hint: string): AgentError {
  return new AgentError("identity-unusable", `cannot use the identity file ${place}: ${why}`, {
    subject: place,
    hint,
  });
}

function noIdentityError(paths: readonly string[], skipped: readonly Diagnostic[]): AgentError {
  const [first] = paths;
  if (first === undefined) {
    return new AgentError("identity-unusable", "the repository has secrets, but no identity is configured", {
      hint: "make one with age-keygen and name its file in identities of agent.yaml",
    });
  }
  const message =
    skipped.length === 1 && skipped[0] !== undefined
      ? skipped[0].message
      : `none of the identity files can be used: ${paths.join(", ")}`;
  return new AgentError("identity-unusable", message, {
    subject: first,
    hint: keygenHint(first),
    diagnostics: skipped,
  });
}
