/** The types of what an encrypted file gives to a unit: one value or several. Pure; must not know keys and decryption. */
import type { SnapshotFile } from "./snapshot.ts";

/** How a unit gets a value: by LoadCredential=, or, for programs that read only variables, by EnvironmentFile=. */
export type SecretDelivery = "credential" | "environment";

/** One value that a file has for its unit. */
export interface SecretItem {
  /** The name of the credential, and of its file in memory. */
  readonly name: string;
  readonly delivery: SecretDelivery;
  /** The part of the file that is the value, in the terms of the format; null for the whole file. */
  readonly part: string | null;
}

/** A way to keep values in an encrypted file. */
export interface SecretFormat {
  /** How the name of such a file ends: `.age`. */
  readonly ending: string;
  /** Why the bytes are not an encrypted file, as a text to put after its name; null when they look like one. */
  explainUnencrypted(bytes: Uint8Array): { readonly message: string; readonly hint: string } | null;
  /**
   * Lists the values in a file by its name and its ciphertext.
   * @param stem the name of the file without `ending`
   * @returns the values; when `unit` cannot have such a file, a text that says why, to put after its name
   */
  listItems(unit: string, stem: string, bytes: Uint8Array): readonly SecretItem[] | string;
  /** The value of an item; null when the decrypted file does not have it. */
  extract(plaintext: Uint8Array, item: SecretItem): Uint8Array | null;
}

/** An encrypted file for one unit. */
export interface SecretFile {
  readonly file: SnapshotFile;
  readonly format: SecretFormat;
  /** Unit directory name below secrets/, `web.service` or `worker@.service`. */
  readonly unit: string;
  readonly items: readonly SecretItem[];
}

/** The key of a credential on one host: `web.service/db-password`. */
export function credentialKey({ unit, name }: { readonly unit: string; readonly name: string }): string {
  return `${unit}/${name}`;
}
