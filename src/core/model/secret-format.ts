/** What an encrypted file of the repository gives to a unit: one value or several. Pure; keys and decryption are not known here. */
import type { SnapshotFile } from "./snapshot.ts";

/** How a unit gets a value: by LoadCredential=, or, for programs that read only variables, by EnvironmentFile=. */
export type SecretDelivery = "credential" | "environment";

/** One value that a file has for its unit. */
export interface SecretItem {
  /** Of the credential, and of its file in memory. */
  readonly name: string;
  readonly delivery: SecretDelivery;
  /** Which part of the file the value is, in the words of the format; null: the whole. */
  readonly part: string | null;
}

/** A way to keep values in an encrypted file. */
export interface SecretFormat {
  /** How the name of such a file ends: `.age`. */
  readonly ending: string;
  /** Why the bytes are no encrypted file, to be read after its name; null when they look like one. */
  explainUnencrypted(bytes: Uint8Array): { readonly message: string; readonly hint: string } | null;
  /**
   * The values in a file, as far as its name and its ciphertext tell.
   * @param stem the name of the file without `ending`
   * @returns a text when `unit` cannot have such a file: what is wrong with it, to be read after its name
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

/** What a credential is known by on one host: `web.service/db-password`. */
export function credentialKey({ unit, name }: { readonly unit: string; readonly name: string }): string {
  return `${unit}/${name}`;
}
