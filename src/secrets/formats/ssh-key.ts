/**
 * Reads ssh-ed25519 keys as OpenSSH writes them: `ssh-ed25519 AAAA… comment` (RFC 8709) and the private key file
 * (PROTOCOL.key in OpenSSH's source). Must not put key material into an error, and knows nothing of age.
 */
import { ed25519 } from "@noble/curves/ed25519.js";

export const sshKeyType = "ssh-ed25519";

const privateKeyMagic = "openssh-key-v1\0";
const keyBytes = 32;

export interface SshPublicKey {
  /** The key as ssh sends it: type and point, each behind its length. */
  readonly wire: Uint8Array;
  /** 32 bytes: a point of the curve, checked. */
  readonly point: Uint8Array;
}

export interface SshPrivateKey {
  /** 32 bytes, from which ed25519 derives everything else. */
  readonly seed: Uint8Array;
  readonly publicKey: SshPublicKey;
}

/** The message continues a sentence that begins with the name of the key or its file. It never quotes the key. */
export class SshKeyError extends Error {
  override readonly name = "SshKeyError";
  readonly isPassphraseProtected: boolean;
  constructor(message: string, isPassphraseProtected = false) {
    super(message);
    this.isPassphraseProtected = isPassphraseProtected;
  }
}

/** Whether a file holds a private key as ssh or openssl write it, of whatever kind. */
export function isPrivateKeyFile(text: string): boolean {
  return /^-----BEGIN [A-Z ]*PRIVATE KEY-----/m.test(text);
}

/**
 * @param text one line; what follows the key is a comment
 * @throws SshKeyError
 */
export function parseSshPublicKey(text: string): SshPublicKey {
  const [type, encoded] = text.trim().split(/\s+/);
  if (type !== sshKeyType) throw new SshKeyError("this is not an ssh-ed25519 key");
  const wire = decodeBase64(encoded ?? "");
  if (wire === null) throw new SshKeyError("this ssh-ed25519 key is damaged: it is not base64");
  return readPublicKey(wire);
}

/** The line that belongs into authorized_keys, without a comment. */
export function formatSshPublicKey({ wire }: SshPublicKey): string {
  return `${sshKeyType} ${Buffer.from(wire).toString("base64")}`;
}

/**
 * @throws SshKeyError for a passphrase, another kind of key, or a damaged file
 */
export function parseSshPrivateKey(text: string): SshPrivateKey {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----\s([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/m.exec(
    text,
  );
  if (body === null) {
    throw new SshKeyError("this private key is not in OpenSSH's format with an ed25519 key in it");
  }
  const bytes = decodeBase64((body[1] ?? "").replace(/\s/g, ""));
  if (bytes === null) throw damaged();
  const reader = new SshReader(bytes);
  reader.expectText(privateKeyMagic);
  const cipher = Buffer.from(reader.readString()).toString("latin1");
  reader.readString();
  reader.readString();
  if (cipher !== "none") throw new SshKeyError("this ssh key is protected by a passphrase", true);
  if (reader.readUint32() !== 1) throw new SshKeyError("there is more than one key in this file");
  reader.readString();
  return readPrivatePart(new SshReader(reader.readString()));
}

function readPrivatePart(reader: SshReader): SshPrivateKey {
  const [check, sameAgain] = [reader.readUint32(), reader.readUint32()];
  if (check !== sameAgain) throw damaged();
  const type = Buffer.from(reader.readString()).toString("latin1");
  if (type !== sshKeyType) throw new SshKeyError(`this ssh key is of another kind than ${sshKeyType}`);
  const point = reader.readString();
  const seed = reader.readString().subarray(0, keyBytes);
  if (point.length !== keyBytes || seed.length !== keyBytes) throw damaged();
  if (!Buffer.from(ed25519.getPublicKey(seed)).equals(point)) throw damaged();
  return { seed: Uint8Array.from(seed), publicKey: readPublicKey(joinStrings(Buffer.from(type), point)) };
}

function readPublicKey(wire: Uint8Array): SshPublicKey {
  const reader = new SshReader(wire);
  const type = Buffer.from(reader.readString()).toString("latin1");
  const point = reader.readString();
  if (type !== sshKeyType || point.length !== keyBytes || !reader.isAtEnd()) throw damaged();
  if (!ed25519.utils.isValidPublicKey(point)) throw damaged();
  return { wire: Uint8Array.from(wire), point: Uint8Array.from(point) };
}

function joinStrings(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

/** Null for text that is not canonical base64. Otherwise a damaged key could be read as another key. */
function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : null;
}

function damaged(): SshKeyError {
  return new SshKeyError("this ssh key is damaged: something in it is wrong or missing");
}

/** Walks over the encoding of RFC 4251, section 5. */
class SshReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  expectText(text: string): void {
    if (this.#take(text.length).toString("latin1") !== text) throw damaged();
  }

  readUint32(): number {
    return this.#take(4).readUInt32BE();
  }

  readString(): Buffer {
    return this.#take(this.readUint32());
  }

  #take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw damaged();
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}
