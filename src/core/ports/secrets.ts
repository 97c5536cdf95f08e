/** What the agent needs to open secrets and to lay credentials down. Contracts only. */
import type { DesiredCredential } from "../model/desired.ts";
import type { SnapshotFile } from "../model/snapshot.ts";

/** What the secrets room knows of one file. Only the plaintext is secret. */
export interface OpenedSecret {
  readonly bytes: Uint8Array;
  /** Of the plaintext, under this host's own key. */
  readonly digest: string;
  /** Equal keys: the same ciphertext for the same identities. */
  readonly cacheKey: string;
}

/** A decrypted secret. Lives in memory only; never logged, compared or persisted. */
export interface Plaintext {
  readonly unit: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SecretsPort {
  /**
   * Opens every file or none: repository path → secret. What is still stored and has not changed is not decrypted again.
   * @throws AgentError `secret-undecryptable` naming each file that failed, `identity-unusable`
   */
  openAll(
    files: readonly SnapshotFile[],
    stored: readonly DesiredCredential[],
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
