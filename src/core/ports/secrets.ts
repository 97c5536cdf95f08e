/** What the agent needs to open secrets and to lay credentials down. Contracts only. */
import type { DesiredCredential } from "../model/desired.ts";
import type { SecretFile, SecretFormat } from "../model/secret-format.ts";

/** What the secrets room knows of one value. Only the plaintext is secret. */
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

/** A credential whose plaintext was stored before. */
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

export interface CredentialStorePort {
  /** Writes a whole new generation beside the current one, invisible until activated; returns its name. */
  writeGeneration(secrets: readonly Plaintext[]): Promise<string>;
  /** Makes a generation the current one, atomically. */
  activate(generation: string): Promise<void>;
  /** Name of the current generation; null when there is none (for instance after a boot), or a file of it is missing. */
  readComplete(credentials: readonly DesiredCredential[]): Promise<string | null>;
  /** Removes every generation that is not in `keep`. */
  removeOthers(keep: readonly string[]): Promise<void>;
}
