/**
 * ssh-ed25519 keys as age recipients and identities, by the format that the age program defines ("ssh-ed25519" in
 * age's own documentation): X25519 on the converted key, with the file key's wrapping bound to the ssh key by a tweak.
 * Must not read files, and must not log.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { type Identity, type Recipient, Stanza } from "age-encryption";
import { type SshPrivateKey, type SshPublicKey, sshKeyType } from "./ssh-key.ts";

const label = "age-encryption.org/v1/ssh-ed25519";
const keyBytes = 32;
const fileKeyBytes = 16;
const macBytes = 16;
/** Every wrapping key is used once. */
const zeroNonce = Buffer.alloc(12);
const basePoint = Buffer.concat([Buffer.from([9]), Buffer.alloc(31)]);
// PKCS #8 and SubjectPublicKeyInfo of an X25519 key (RFC 8410) up to the 32 bytes of the key.
const privateKeyPrefix = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicKeyPrefix = Buffer.from("302a300506032b656e032100", "hex");

/** The first four bytes of the key's SHA-256, by which a stanza says for whom it is; base64 without padding. */
export function tagOf({ wire }: SshPublicKey): string {
  return encode(createHash("sha256").update(wire).digest().subarray(0, 4));
}

export function createSshRecipient(publicKey: SshPublicKey): Recipient {
  const theirs = ed25519.utils.toMontgomery(publicKey.point);
  return {
    wrapFileKey(fileKey) {
      const ephemeral = randomBytes(keyBytes);
      const share = multiply(ephemeral, basePoint);
      const shared = multiply(tweakOf(publicKey), multiply(ephemeral, theirs));
      const key = deriveWrappingKey(shared, share, theirs);
      return [new Stanza([sshKeyType, tagOf(publicKey), encode(share)], seal(key, fileKey))];
    },
  };
}

/** Its `unwrapFileKey` throws for a stanza that is for this key but is malformed or does not open. */
export function createSshIdentity({ seed, publicKey }: SshPrivateKey): Identity {
  const secret = createHash("sha512").update(seed).digest().subarray(0, keyBytes);
  const ours = multiply(secret, basePoint);
  const tag = tagOf(publicKey);
  return {
    unwrapFileKey(stanzas) {
      for (const { args, body } of stanzas) {
        if (args[0] !== sshKeyType || args[1] !== tag) continue;
        const share = decodeShare(args[2]);
        if (share === null || args.length !== 3 || body.length !== fileKeyBytes + macBytes) {
          throw new Error("malformed ssh-ed25519 stanza");
        }
        const shared = multiply(tweakOf(publicKey), multiply(secret, share));
        return open(deriveWrappingKey(shared, share, ours), body);
      }
      return null;
    },
  };
}

function tweakOf({ wire }: SshPublicKey): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", "", wire, label, keyBytes));
}

function deriveWrappingKey(shared: Uint8Array, share: Uint8Array, recipient: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", shared, Buffer.concat([share, recipient]), label, keyBytes));
}

/**
 * X25519 (RFC 7748), which clamps the scalar itself.
 * @throws Error of OpenSSL for a point of low order
 */
function multiply(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const privateKey = createPrivateKey({
    key: Buffer.concat([privateKeyPrefix, scalar]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey({
    key: Buffer.concat([publicKeyPrefix, point]),
    format: "der",
    type: "spki",
  });
  return diffieHellman({ privateKey, publicKey });
}

function seal(key: Uint8Array, fileKey: Uint8Array): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", key, zeroNonce, { authTagLength: macBytes });
  return Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Uint8Array, body: Uint8Array): Uint8Array {
  const decipher = createDecipheriv("chacha20-poly1305", key, zeroNonce, { authTagLength: macBytes });
  decipher.setAuthTag(body.subarray(fileKeyBytes));
  return Uint8Array.from(Buffer.concat([decipher.update(body.subarray(0, fileKeyBytes)), decipher.final()]));
}

function decodeShare(text: string | undefined): Uint8Array | null {
  const bytes = Buffer.from(text ?? "", "base64");
  return bytes.length === keyBytes && encode(bytes) === text ? bytes : null;
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
