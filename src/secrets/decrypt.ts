/**
 * Decrypts the repository's secrets in memory. Must not write plaintext anywhere, and must not repeat what a file or the
 * age library says: a file that was meant to be encrypted may be the secret itself.
 */
import { AgentError, type Diagnostic } from "../core/errors.ts";
import type { SnapshotFile } from "../core/state.ts";
import { mapConcurrently } from "../lib/concurrency.ts";
import { digestWithKey } from "../lib/digest.ts";
import type { AgeFileOpener, OpenedFile } from "./age-file.ts";
import { loadHostKey } from "./host-key.ts";

/** Enough to keep the crypto threads busy; each one holds a ciphertext and a plaintext of up to 1 MiB. */
const decryptConcurrency = 8;
const namedInMessage = 3;

export interface SecretsOptions {
  /** Files with age identities, see loadIdentities. */
  readonly identityPaths: readonly string[];
  /** Where the host's digest key is kept. */
  readonly stateDirectory: string;
  /** Told once of each identity file that is configured but cannot be used. */
  readonly warn: (diagnostic: Diagnostic) => void;
}

/** The agent's SecretsPort. */
export interface Secrets {
  /**
   * Decrypts every file or none; the result maps repository paths to plaintexts. The identity files are read
   * anew each time, so that a replaced key is used at once, and only when there is something to decrypt.
   * @throws AgentError `secret-undecryptable` with one diagnostic for each file that failed, `identity-unusable`
   */
  decryptAll(files: readonly SnapshotFile[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Digest of a plaintext under this host's own key, which is created on first use.
   * @throws AgentError `state-unreadable`, `host-write-failed`
   */
  digest(plaintext: Uint8Array): Promise<string>;
}

export function createSecrets(options: SecretsOptions): Secrets {
  const warned = new Set<string>();
  let hostKey: Promise<Uint8Array> | null = null;

  async function openIdentities(): Promise<AgeFileOpener> {
    // Loading the age library costs 65 ms, which a host without secrets need not pay.
    const { createOpener } = await import("./age-file.ts");
    const { loadIdentities } = await import("./identities.ts");
    const { identities, warnings } = await loadIdentities(options.identityPaths);
    for (const warning of warnings) {
      if (warned.has(warning.message)) continue;
      warned.add(warning.message);
      options.warn(warning);
    }
    return createOpener(identities);
  }

  return {
    async decryptAll(files) {
      if (files.length === 0) return new Map();
      const opener = await openIdentities();
      const opened = await mapConcurrently(files, decryptConcurrency, (file) => opener.open(file));
      await refuseFailures(opened, opener);
      return new Map(opened.flatMap((file) => ("bytes" in file ? [[file.path, file.bytes]] : [])));
    },
    async digest(plaintext) {
      hostKey ??= loadHostKey(options.stateDirectory);
      try {
        return digestWithKey(await hostKey, plaintext);
      } catch (error) {
        hostKey = null;
        throw error;
      }
    },
  };
}

async function refuseFailures(opened: readonly OpenedFile[], opener: AgeFileOpener): Promise<void> {
  const failures = opened.flatMap((file) => ("failure" in file ? [file] : []));
  const [first] = failures;
  if (first === undefined) return;
  const recipients = await opener.describeRecipients();
  const diagnostics = failures.map(
    ({ path, failure }): Diagnostic => ({
      severity: "error",
      code: failure.code,
      file: path,
      message: failure.message,
      hint: failure.hint.replace("{recipients}", () => recipients),
    }),
  );
  const names = failures.slice(0, namedInMessage).map(({ path, failure }) => `${path} (${failure.message})`);
  const others = failures.length > namedInMessage ? `, and ${failures.length - namedInMessage} more` : "";
  throw new AgentError(
    "secret-undecryptable",
    `cannot decrypt ${failures.length} of ${opened.length} secrets: ${names.join(", ")}${others}`,
    { subject: first.path, hint: diagnostics[0]?.hint ?? "", diagnostics },
  );
}
