/**
 * Public keys as gitops.yaml holds them: how an age file refers to them, and how something is encrypted for them.
 * Must not know whose they are.
 */
import { armor, Encrypter, type Recipient } from "age-encryption";
import { AgentError } from "../../core/model/errors.ts";
import { createSshRecipient, tagOf } from "./ssh-age.ts";
import { parseSshPublicKey, SshKeyError, sshKeyType } from "./ssh-key.ts";

export interface ParsedRecipient {
  /** What the age library takes. */
  readonly key: string | Recipient;
  /** Type of the stanza that an age file has for this key. */
  readonly stanzaType: string;
  /** What distinguishes its stanza from others of the same type; null for the kinds of keys that hide it. */
  readonly tag: string | null;
}

/** Type of the stanza by the beginning of the recipient, the longest first. */
const stanzaTypes = [
  ["age1tagpq1", "mlkem768p256tag"],
  ["age1tag1", "p256tag"],
  ["age1pq1", "mlkem768x25519"],
  ["age1", "X25519"],
] as const;

/**
 * @throws AgentError `config-invalid`; a public key is no secret, so the message shows it
 */
export function parseRecipient(text: string): ParsedRecipient {
  try {
    if (text.startsWith(`${sshKeyType} `)) {
      const key = parseSshPublicKey(text);
      return { key: createSshRecipient(key), stanzaType: sshKeyType, tag: tagOf(key) };
    }
    const stanzaType = stanzaTypes.find(([start]) => text.startsWith(start))?.[1] ?? "";
    new Encrypter().addRecipient(text);
    return { key: text, stanzaType, tag: null };
  } catch (error) {
    const why =
      error instanceof SshKeyError
        ? error.message
        : "a character is wrong or missing, or it is of another kind";
    throw new AgentError("config-invalid", `cannot encrypt for ${shortenRecipient(text)}: ${why}`, {
      subject: "gitops.yaml",
      hint: "recipients are age1… keys of age itself (X25519 or post-quantum) and ssh-ed25519 keys, whole and unchanged",
    });
  }
}

/** Shortens a public key for showing. The result cannot be used as a key. */
export function shortenRecipient(text: string): string {
  const [type = "", key, ...comment] = text.trim().split(/\s+/);
  if (type !== sshKeyType) return type.length > 24 ? `${type.slice(0, 20)}…` : type;
  return comment.length > 0 ? comment.join(" ") : `${type} …${(key ?? "").slice(-8)}`;
}

/** The armored age file, which reads as text in a diff. Each call gives another ciphertext. */
export async function encryptFor(
  recipients: readonly ParsedRecipient[],
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const { key } of recipients) encrypter.addRecipient(key);
  return new TextEncoder().encode(armor.encode(await encrypter.encrypt(plaintext)));
}
