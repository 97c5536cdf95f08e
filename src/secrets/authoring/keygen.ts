/** Makes new identities. Must not overwrite a key: what only that key can decrypt would be lost. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { AgentError } from "../../core/model/errors.ts";
import { syncDirectory, writeNewFile } from "../../lib/atomic-file.ts";
import { describeFailedCall, errnoOf } from "../../lib/system-error.ts";

export interface KeygenOptions {
  readonly file: string;
  /** An identity that also withstands quantum computers; its public key has 2,000 characters. */
  readonly postQuantum: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface GeneratedIdentity {
  readonly file: string;
  /** Its public half. */
  readonly recipient: string;
}

/**
 * Writes a new identity (0600, in the format of age-keygen) and creates the directory above it (0700) where needed.
 * @throws AgentError `usage` when the file exists, `host-write-failed`
 */
export async function generateIdentityFile({
  file,
  postQuantum,
  now,
}: KeygenOptions): Promise<GeneratedIdentity> {
  const identity = await (postQuantum ? generateHybridIdentity() : generateX25519Identity());
  const recipient = await identityToRecipient(identity);
  const created = new Date(now).toISOString();
  const text = `# created: ${created}\n# public key: ${recipient}\n${identity}\n`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeNewFile(file, new TextEncoder().encode(text), { mode: 0o600 });
    await syncDirectory(path.dirname(file));
  } catch (error) {
    if (errnoOf(error) === "EEXIST") {
      throw new AgentError("usage", `${file} exists; a key that is overwritten takes its secrets with it`, {
        subject: file,
        hint: "name another file with -o, or move the old one away",
      });
    }
    throw new AgentError("host-write-failed", ...describeFailedCall("write", file, error));
  }
  return { file, recipient };
}
