/** What the agent needs to open secrets and to lay credentials down. Contracts only. */
import type { DesiredCredential } from "../model/desired.ts";
import type { SecretFile, SecretFormat } from "../model/secret-format.ts";

/** What the secrets room knows of one value. Only `bytes` is secret. */
export interface OpenedSecret {
  readonly bytes: Uint8Array;
  /** Of the plaintext, under this host's own key. */
  readonly digest: string;
  /**
   * Equal keys: the same part of the same ciphertext for the same identities. May be persisted. The identities are part of
   * it, so that a host whose key was replaced finds out now, and not at its next boot, what it cannot decrypt any more.
   */
  readonly cacheKey: string;
}

/** A credential of the applied revision, whose plaintext is still on the memory-backed file system. */
export type StoredSecret = Pick<DesiredCredential, "unit" | "name" | "digest" | "cacheKey">;

/** A decrypted secret. Lives in memory only; never logged, compared or persisted. */
export interface Plaintext {
  readonly unit: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SecretsPort {
  /** What it can open. */
  readonly formats: readonly SecretFormat[];
  /**
   * Opens every file or none. What is still stored and has not changed is read back instead of decrypted.
   * @returns each value by its `credentialKey`
   * @throws AgentError `secret-undecryptable` with one diagnostic for each file that failed, `identity-unusable`,
   *   `state-unreadable`, `host-write-failed`
   */
  openAll(
    files: readonly SecretFile[],
    stored: readonly StoredSecret[],
  ): Promise<ReadonlyMap<string, OpenedSecret>>;
}

/** Each method but `readComplete` also throws AgentError `host-write-failed`. */
export interface CredentialStorePort {
  /**
   * Writes a whole new generation beside the current one, invisible until activated.
   * @returns its name; names sort by time and are never used twice
   * @throws AgentError `credential-store-unsafe`, `repository-invalid` (a name, or more than 1 MiB for a unit)
   */
  writeGeneration(secrets: readonly Plaintext[]): Promise<string>;
  /**
   * Makes a generation the current one, atomically: a service that starts meanwhile finds the old or the new one.
   * @throws AgentError `credential-store-unsafe`, `host-write-failed` also when there is no such generation
   */
  activate(generation: string): Promise<void>;
  /**
   * Name of the current generation; null when there is none (for instance after a boot), or when the file of one of
   * `credentials` is missing: then consumers would fail to start.
   * @throws AgentError `credential-store-unsafe` when what stands there was not made by the agent
   */
  readComplete(credentials: readonly Pick<DesiredCredential, "unit" | "name">[]): Promise<string | null>;
  /**
   * Removes every generation that is not in `keep`, and what an interrupted write left.
   * @throws AgentError `credential-store-unsafe`
   */
  removeOthers(keep: readonly string[]): Promise<void>;
}
