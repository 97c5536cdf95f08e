/**
 * Decrypts the repository's secrets in memory. Must not write plaintext anywhere, and must not repeat what a file or the
 * age library says: a file that was meant to be encrypted may be the secret itself.
 */
import { AgentError, type Diagnostic } from "../../core/model/errors.ts";
import {
  credentialKey,
  type SecretFile,
  type SecretFormat,
  type SecretItem,
} from "../../core/model/secret-format.ts";
import type { OpenedSecret, SecretsPort, StoredSecret } from "../../core/ports/secrets.ts";
import { mapConcurrently } from "../../lib/concurrency.ts";
import { digestWithKey } from "../../lib/digest.ts";
import type { AgeFileOpener, OpenedFile } from "../formats/age-file.ts";
import type { LoadedIdentities } from "../formats/identities.ts";
import { loadHostKey } from "./host-key.ts";

/** Enough to keep the crypto threads busy; each one holds a ciphertext and a plaintext of up to 1 MiB. */
const decryptConcurrency = 8;
const namedInMessage = 3;

export interface SecretsOptions {
  readonly formats: readonly SecretFormat[];
  /** Files with age identities, see loadIdentities. */
  readonly identityPaths: readonly string[];
  /** Where the host's digest key is kept. */
  readonly stateDirectory: string;
  /** Plaintext of a credential that was stored before; null when there is none. Absent: everything is decrypted. */
  readonly readStored?: (unit: string, name: string) => Promise<Uint8Array | null>;
  /** Called once for each identity file that is configured but cannot be used. */
  readonly warn: (diagnostic: Diagnostic) => void;
}

/** The values of a file, by the names of its items. */
type ReadValues = Pick<Extract<OpenedFile, { readonly values: unknown }>, "path" | "values">;

/**
 * The identity files are read at each call with a secret, so that a replaced key is used at once.
 */
export function createSecrets(options: SecretsOptions): SecretsPort {
  const warned = new Set<string>();
  let hostKey: Promise<Uint8Array> | null = null;

  async function readHostKey(): Promise<Uint8Array> {
    hostKey ??= loadHostKey(options.stateDirectory);
    try {
      return await hostKey;
    } catch (error) {
      hostKey = null;
      throw error;
    }
  }

  async function readIdentities(): Promise<LoadedIdentities> {
    // Loading the age library takes 65 ms, so a host without secrets does not load it.
    const { loadIdentities } = await import("../formats/identities.ts");
    const loaded = await loadIdentities(options.identityPaths);
    for (const warning of loaded.warnings) {
      if (warned.has(warning.message)) continue;
      warned.add(warning.message);
      options.warn(warning);
    }
    return loaded;
  }

  /** Null when the stored plaintext no longer exists, or was altered. */
  async function readBack(secret: StoredSecret | undefined, key: Uint8Array): Promise<Uint8Array | null> {
    if (secret === undefined || options.readStored === undefined) return null;
    const bytes = await options.readStored(secret.unit, secret.name);
    return bytes !== null && digestWithKey(key, bytes) === secret.digest ? bytes : null;
  }

  /** Null when one of the file's values is not stored: then the file must be decrypted. */
  async function readBackAll(
    { file, items }: SecretFile,
    key: Uint8Array,
    findStored: (item: SecretItem) => StoredSecret | undefined,
  ): Promise<ReadValues | null> {
    const values = new Map<string, Uint8Array>();
    for (const item of items) {
      const bytes = await readBack(findStored(item), key);
      if (bytes === null) return null;
      values.set(item.name, bytes);
    }
    return { path: file.path, values };
  }

  async function openAll(
    files: readonly SecretFile[],
    stored: readonly StoredSecret[],
  ): Promise<ReadonlyMap<string, OpenedSecret>> {
    if (files.length === 0) return new Map();
    const key = await readHostKey();
    const { identities, fingerprint } = await readIdentities();
    const { createOpener } = await import("../formats/age-file.ts");
    const opener = createOpener(identities);
    const storedByCacheKey = new Map(stored.map((secret) => [secret.cacheKey, secret]));
    const opened = await mapConcurrently(files, decryptConcurrency, async (secret) => {
      const known = await readBackAll(secret, key, (item) =>
        storedByCacheKey.get(cacheKeyOf(secret, item, fingerprint, key)),
      );
      return known ?? opener.open(secret);
    });
    await refuseFailures(opened, opener);
    const secrets = files.flatMap((secret, index) => {
      const result = opened[index];
      if (result === undefined || "failure" in result) return [];
      return secret.items.flatMap((item): [string, OpenedSecret][] => {
        const bytes = result.values.get(item.name);
        if (bytes === undefined) return [];
        const cacheKey = cacheKeyOf(secret, item, fingerprint, key);
        return [
          [
            credentialKey({ unit: secret.unit, name: item.name }),
            { bytes, digest: digestWithKey(key, bytes), cacheKey },
          ],
        ];
      });
    });
    return new Map(secrets);
  }

  return { formats: options.formats, openAll };
}

/** The mode and the delivery belong to the key, because they decide how a plaintext is checked. */
function cacheKeyOf(
  { file: { mode, blob } }: SecretFile,
  { delivery, part }: SecretItem,
  fingerprint: string,
  key: Uint8Array,
): string {
  const place = part === null ? [] : [part];
  const parts = ["cache", fingerprint, mode, delivery === "environment", blob, ...place];
  return digestWithKey(key, Buffer.from(JSON.stringify(parts)));
}

async function refuseFailures(
  opened: readonly (OpenedFile | ReadValues)[],
  opener: AgeFileOpener,
): Promise<void> {
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
