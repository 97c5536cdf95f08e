/** Content digests. No domain knowledge. */
import { createHash, createHmac } from "node:crypto";

/** `sha256:` and 64 hex digits. */
export function digestBytes(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * `hmac-sha256:` and 64 hex digits. Equal inputs with one key give equal digests; without the key no input can be guessed.
 */
export function digestWithKey(key: Uint8Array, bytes: Uint8Array): string {
  return `hmac-sha256:${createHmac("sha256", key).update(bytes).digest("hex")}`;
}
