/**
 * Reads the identities (private keys) that decrypt secrets: age's own kinds, and unencrypted ssh-ed25519 keys. Must never
 * put key material into an error or a warning; that is why the errors of the age library, which quote what they
 * could not decode, are not kept as causes.
 */
import { createHash } from "node:crypto";
import { Decrypter, type Identity, identityToRecipient } from "age-encryption";
import { AgentError, type Diagnostic } from "../../core/model/errors.ts";
import { UnsuitableFileError } from "../../lib/bounded-file.ts";
import { readPrivateFile } from "../../lib/private-file.ts";
import { describeFailedCall, errnoOf } from "../../lib/system-error.ts";
import { createSshIdentity } from "./ssh-age.ts";
import { formatSshPublicKey, isPrivateKeyFile, parseSshPrivateKey, SshKeyError } from "./ssh-key.ts";

/** Enough for some hundred keys. A larger file is a mistake. */
const limitBytes = 64 * 1024;

export interface LoadedIdentity {
  /** What the age library takes: a text in its own form (`AGE-SECRET-KEY-…`), or an ssh key behind its interface. */
  readonly key: string | Identity;
  /** The public half, as it is written into gitops.yaml. */
  readonly describeRecipient: () => Promise<string>;
}

export interface LoadedIdentities {
  /** Never empty. */
  readonly identities: readonly LoadedIdentity[];
  /** Equal for equal content of the files. The keys cannot be found from it. */
  readonly fingerprint: string;
  /** One for each configured file that was skipped. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Reads every file of the list. A file that does not exist is skipped with a warning, if another one has an identity.
 * Anything else that is wrong is an error, because the file exists and was meant to be used.
 * @throws AgentError `identity-unusable` naming the file, or all of them when none can be used
 */
export async function loadIdentities(paths: readonly string[]): Promise<LoadedIdentities> {
  const identities: LoadedIdentity[] = [];
  const warnings: Diagnostic[] = [];
  const fingerprint = createHash("sha256");
  for (const filePath of paths) {
    const text = await readIdentityFile(filePath);
    if (text === null) {
      warnings.push(skip(filePath, "the file does not exist"));
      continue;
    }
    identities.push(
      ...(isPrivateKeyFile(text) ? [readSshIdentity(filePath, text)] : parseIdentities(filePath, text)),
    );
    fingerprint.update(text);
  }
  if (identities.length === 0) throw noIdentityError(paths, warnings);
  return { identities, fingerprint: fingerprint.digest("hex"), warnings };
}

/** Null when there is no such file. */
async function readIdentityFile(filePath: string): Promise<string | null> {
  try {
    return new TextDecoder().decode(await readPrivateFile(filePath, limitBytes));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    if (error instanceof UnsuitableFileError) {
      throw unusable(filePath, error.message, `chmod 600 ${filePath}, owned by the user that needs it`);
    }
    throw new AgentError(
      "identity-unusable",
      ...describeFailedCall("read the identity file", filePath, error),
    );
  }
}

function readSshIdentity(filePath: string, text: string): LoadedIdentity {
  try {
    const key = parseSshPrivateKey(text);
    return {
      key: createSshIdentity(key),
      describeRecipient: async () => formatSshPublicKey(key.publicKey),
    };
  } catch (error) {
    if (!(error instanceof SshKeyError)) throw error;
    const hint = error.isPassphraseProtected
      ? "nobody can be asked for it here: use a key of its own, made by gitops-agent keygen, and encrypt the secrets for that one too"
      : "what works: an unencrypted OpenSSH key of type ed25519 (ssh-keygen -t ed25519 -N ''), or a key made by gitops-agent keygen";
    throw unusable(filePath, error.message, hint);
  }
}

function parseIdentities(filePath: string, text: string): readonly LoadedIdentity[] {
  if (/^(age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text)) {
    throw unusable(
      filePath,
      "it is protected by a passphrase, which nobody can be asked for here",
      `decrypt it once: age --decrypt ${filePath}, and keep the result readable by its owner only`,
    );
  }
  const identities: LoadedIdentity[] = [];
  for (const [index, rawLine] of text.split("\n").entries()) {
    const line = rawLine.trim();
    if (line === "" || line.startsWith("#")) continue;
    const problem = findProblem(line);
    if (problem !== null) throw unusable(`${filePath}:${index + 1}`, problem, keygenHint(filePath));
    identities.push({ key: line, describeRecipient: () => identityToRecipient(line) });
  }
  if (identities.length === 0) throw unusable(filePath, "there is no identity in it", keygenHint(filePath));
  return identities;
}

/** Why a line is no identity, without quoting it. */
function findProblem(line: string): string | null {
  if (line.startsWith("age1") || line.startsWith("ssh-"))
    return "this is a recipient (public key), not an identity";
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
  return `an identity file is made by gitops-agent keygen -o ${filePath}`;
}

function skip(filePath: string, why: string): Diagnostic {
  return {
    severity: "warning",
    code: "identity-skipped",
    file: filePath,
    message: `the identity file ${filePath} is not used: ${why}`,
    hint: "take it out of identities in agent.yaml, or put an identity there",
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
    return new AgentError("identity-unusable", "there are secrets, but no identity is configured", {
      hint: "make one with gitops-agent keygen -o FILE, name the file in identities of agent.yaml, and restart the agent",
    });
  }
  const message =
    skipped.length === 1 && skipped[0] !== undefined
      ? skipped[0].message
      : `none of the identity files can be used: ${paths.join(", ")}`;
  return new AgentError("identity-unusable", message, {
    subject: first,
    hint: keygenHint(first),
    // With a single diagnostic, the message says the same already.
    diagnostics: skipped.length === 1 ? [] : skipped,
  });
}
