/**
 * Opens one age file, and finds the reason when one cannot be opened. Must not quote the file or the library's errors:
 * the library repeats the line that it could not read, and that line may be a secret that was not encrypted by mistake.
 */
import { armor, Decrypter, type Identity, type Stanza } from "age-encryption";
import { explainNotAge } from "../../core/desired/not-age.ts";
import type { SecretFile, SecretItem } from "../../core/model/secret-format.ts";
import type { SnapshotFile } from "../../core/model/snapshot.ts";
import { findEnvironmentProblem } from "./environment-file.ts";
import type { LoadedIdentity } from "./identities.ts";
import { plaintextLimitBytes } from "./limits.ts";

/** Room for the header: a post-quantum recipient takes 1.6 KiB. Each 64 KiB of plaintext grows by 16 bytes. */
const ciphertextLimitBytes = plaintextLimitBytes + 128 * 1024;
/** Armor writes 48 bytes as a line of 64 characters and a newline, or two. */
const armoredLimitBytes = Math.ceil(ciphertextLimitBytes / 48) * 66 + 256;

const binaryStart = "age-encryption.org/v1\n";
const armorStart = "-----BEGIN AGE ENCRYPTED FILE-----";

export interface OpenFailure {
  readonly code:
    | "secret-not-age"
    | "secret-wrong-recipient"
    | "secret-damaged"
    | "secret-too-large"
    | "secret-empty"
    | "secret-incomplete"
    | "secret-not-environment";
  /** Continues a sentence that begins with the file's name. */
  readonly message: string;
  /** `{recipients}` stands for the public keys of this host. */
  readonly hint: string;
}

export type OpenedFile =
  | {
      readonly path: string;
      /** The whole file, decrypted. */
      readonly plaintext: Uint8Array;
      /** By the names of its items. */
      readonly values: ReadonlyMap<string, Uint8Array>;
    }
  | { readonly path: string; readonly failure: OpenFailure };

export interface AgeFileOpener {
  /** Never throws for what is in the file. */
  open(secret: SecretFile): Promise<OpenedFile>;
  /** Public keys of the identities, for a person who has to encrypt a secret again. */
  describeRecipients(): Promise<string>;
}

export function createOpener(identities: readonly LoadedIdentity[]): AgeFileOpener {
  const decrypter = new Decrypter();
  for (const { key } of identities) decrypter.addIdentity(key);
  decrypter.addIdentity(lastIdentity);
  return {
    async open(secret) {
      const { path } = secret.file;
      try {
        const plaintext = await decrypt(secret.file, decrypter);
        const parts = takeApart(secret, plaintext);
        return "failure" in parts ? { path, ...parts } : { path, plaintext, ...parts };
      } catch (error) {
        return { path, failure: error instanceof OpenError ? error.failure : damaged };
      }
    },
    async describeRecipients() {
      const recipients = await Promise.all(identities.map((identity) => identity.describeRecipient()));
      // A post-quantum recipient is 2,000 characters long; the operator has it in the identity file's comment.
      return recipients.map((text) => (text.length > 100 ? `${text.slice(0, 40)}…` : text)).join(", ");
    },
  };
}

async function decrypt(file: SnapshotFile, decrypter: Decrypter): Promise<Uint8Array> {
  if (file.mode === "symlink") throw new OpenError({ ...notAge, message: "it is a symlink" });
  return decrypter.decrypt(readCiphertext(file.bytes));
}

/**
 * The values in a decrypted file, by the names of its items.
 * @returns the failure when one of them is missing or cannot be delivered
 */
export function takeApart(
  { format, items }: Pick<SecretFile, "format" | "items">,
  plaintext: Uint8Array,
): { readonly values: ReadonlyMap<string, Uint8Array> } | { readonly failure: OpenFailure } {
  const values = new Map<string, Uint8Array>();
  for (const item of items) {
    const value = format.extract(plaintext, item);
    const failure = value === null ? incomplete(item) : findUnusable(item, value);
    if (failure !== null) return { failure };
    if (value !== null) values.set(item.name, value);
  }
  return { values };
}

function findUnusable({ delivery }: SecretItem, value: Uint8Array): OpenFailure | null {
  if (value.byteLength > plaintextLimitBytes) return tooLarge;
  if (value.byteLength === 0) return empty;
  const problem = delivery === "environment" ? findEnvironmentProblem(value) : null;
  return problem === null ? null : notEnvironment(problem);
}

/**
 * The binary form of an age file's bytes, armored or not.
 * @throws Error when it is not an age file or is too large; an OpenError when the reason is known
 */
export function readCiphertext(bytes: Uint8Array): Uint8Array {
  if (startsWith(bytes, binaryStart)) return limit(bytes, ciphertextLimitBytes);
  // The armor may follow white space, as in other PEM files.
  const start = bytes.findIndex((byte) => !isWhiteSpace(byte));
  if (start === -1 || !startsWith(bytes.subarray(start), armorStart))
    throw new OpenError(describeOther(bytes));
  const decoded = armor.decode(new TextDecoder().decode(limit(bytes, armoredLimitBytes)));
  if (!startsWith(decoded, binaryStart)) throw new OpenError(notAge);
  return limit(decoded, ciphertextLimitBytes);
}

function limit(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.byteLength > limitBytes) throw new OpenError(tooLarge);
  return bytes;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString("latin1") === text;
}

function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/**
 * The library asks identities in order. When this last one is asked, no identity fits; it sees for whom the file is.
 */
const lastIdentity: Identity = {
  unwrapFileKey(stanzas: Stanza[]): never {
    const types = new Set(stanzas.map((stanza) => stanza.args[0]));
    if (types.has("scrypt")) throw new OpenError(passphrase);
    throw new OpenError(wrongRecipient);
  },
};

class OpenError extends Error {
  readonly failure: OpenFailure;
  constructor(failure: OpenFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

const reencryptHint = "encrypt it again with this host among the recipients: {recipients}";

const wrongRecipient: OpenFailure = {
  code: "secret-wrong-recipient",
  message: "it is not encrypted for this host",
  hint: reencryptHint,
};
const passphrase: OpenFailure = {
  code: "secret-wrong-recipient",
  message: "it is encrypted with a passphrase, which an agent cannot enter",
  hint: reencryptHint,
};
const notAge: OpenFailure = {
  code: "secret-not-age",
  message: "it is not an age file",
  hint: "if it holds a secret in clear text, that secret is in the history now: replace it; then encrypt it for {recipients}",
};
const damaged: OpenFailure = {
  code: "secret-damaged",
  message: "it is damaged: cut off or altered after encryption",
  hint: "restore it from an earlier commit, or encrypt it again; a .gitattributes rule that converts line ends damages binary files",
};
const tooLarge: OpenFailure = {
  code: "secret-too-large",
  message: "it is larger than 1 MiB, which is systemd's limit for a credential",
  hint: "split it, or keep the large part encrypted under a key that is the credential",
};
const empty: OpenFailure = {
  code: "secret-empty",
  message: "it decrypts to nothing",
  hint: "encrypt it again with its content; for a credential that shall be empty use SetCredential= in the unit",
};

function incomplete({ name }: SecretItem): OpenFailure {
  return {
    code: "secret-incomplete",
    message: `it has no value for ${name}`,
    hint: "encrypt it again with all of its values, or restore it from an earlier commit",
  };
}

function notEnvironment(problem: string): OpenFailure {
  return {
    code: "secret-not-environment",
    message: `as environment variables it cannot be used: ${problem}`,
    hint: "write NAME=value lines as in systemd.exec(5), EnvironmentFile=; systemd would skip others and print them to the journal",
  };
}

/** What the file is, where its first bytes tell. */
function describeOther(bytes: Uint8Array): OpenFailure {
  const other = explainNotAge(bytes);
  return other === null ? notAge : { ...notAge, message: `it ${other.message}`, hint: other.hint };
}
