/** What the agent needs to open secrets and to store credentials. Contracts only. */
import type { DesiredCredential } from "../model/desired.ts";
import type { SecretFile, SecretFormat } from "../model/secret-format.ts";

/** One opened value. Only `bytes` is secret. */
export interface OpenedSecret {
  readonly bytes: Uint8Array;
  /** Keyed digest of the plaintext, with this host's own key. */
  readonly digest: string;
  /**
   * Equal keys mean: the same part of the same ciphertext, opened with the same identities. May be persisted. The
   * identities are part of the key, so that after a change of the host's key each secret is decrypted again at once.
   * Otherwise a secret that the new key cannot decrypt would only fail at the next boot.
   */
  readonly cacheKey: string;
}

/** A credential of the applied revision whose plaintext is still stored on the memory-backed file system. */
export type StoredSecret = Pick<DesiredCredential, "unit" | "name" | "digest" | "cacheKey">;

/** A decrypted secret. Lives in memory only; never logged, compared or persisted. */
export interface Plaintext {
  readonly unit: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SecretsPort {
  /** The formats that it can open. */
  readonly formats: readonly SecretFormat[];
  /**
   * Opens all files or none. A value that has not changed and is still stored is read back instead of decrypted.
   * @returns each value by its `credentialKey`
   * @throws AgentError `secret-undecryptable` with one diagnostic for each file that failed, `identity-unusable`,
   *   `state-unreadable`, `host-write-failed`
   */
  openAll(
    files: readonly SecretFile[],
    stored: readonly StoredSecret[],
  ): Promise<ReadonlyMap<string, OpenedSecret>>;
}

/** What became of a stored credential. `modified`: another content, mode or owner, or no file. */
export type AlteredCredential = "missing" | "modified";

/** Each method but `readComplete` also throws AgentError `host-write-failed`. */
export interface CredentialStorePort {
  /**
   * Writes a complete new generation beside the active one. Units do not see it until it is activated.
   * @returns its name; names sort by time and are never used twice
   * @throws AgentError `credential-store-unsafe`, `repository-invalid` (a name, or more than 1 MiB for a unit)
   */
  writeGeneration(secrets: readonly Plaintext[]): Promise<string>;
  /**
   * Makes a generation the active one, atomically: a service that starts meanwhile reads the old or the new one.
   * @throws AgentError `credential-store-unsafe`; `host-write-failed` also when there is no such generation
   */
  activate(generation: string): Promise<void>;
  /**
   * Name of the active generation. Null when there is none (for instance after a boot), or when a file of `credentials`
   * is missing, because then units that need it would fail to start.
   * @throws AgentError `credential-store-unsafe` when the store was not made by the agent
   */
  readComplete(credentials: readonly Pick<DesiredCredential, "unit" | "name">[]): Promise<string | null>;
  /**
   * The credentials whose stored plaintext is gone or altered, by `credentialKey`. Reads only files that have changed since
   * the last call; call it with all credentials.
   * @throws AgentError `state-unreadable` for the digest key, `credential-store-unsafe`
   */
  findAltered(
    credentials: readonly Pick<DesiredCredential, "unit" | "name" | "digest">[],
  ): Promise<ReadonlyMap<string, AlteredCredential>>;
  /**
   * Removes every generation that is not in `keep`, and leftovers of interrupted writes.
   * @throws AgentError `credential-store-unsafe`
   */
  removeOthers(keep: readonly string[]): Promise<void>;
}
