/**
 * The secrets of a repository on disk, for the people who write them: read, encrypted, written back as armored files.
 * Must not write plaintext, ask anybody, or know the command line.
 */
import { AgentError } from "../../core/model/errors.ts";
import { createOpener, takeApart } from "../formats/age-file.ts";
import type { LoadedIdentities } from "../formats/identities.ts";
import { encryptFor, type ParsedRecipient, parseRecipient } from "../formats/recipients.ts";
import { writeRepositoryFile } from "./repository-file.ts";
import {
  type Checkout,
  listReaders,
  listSecrets,
  type Reader,
  type SecretEntry,
  type SecretPlace,
} from "./secret-layout.ts";

/** A secret with the keys that it is to be encrypted for. */
export interface Addressed {
  readonly place: SecretPlace;
  readonly readers: readonly Reader[];
  readonly recipients: readonly ParsedRecipient[];
}

/**
 * Finds out for whom a secret is encrypted: the hosts that get it, and the administrators.
 * @throws AgentError `config-invalid` when gitops.yaml does not have a usable key for every one of those hosts
 */
export function addressSecret(repository: Checkout, place: SecretPlace): Addressed {
  const { config } = repository;
  const hosts = findHosts(repository, place);
  const { readers, withoutKey } = listReaders(config, hosts);
  if (hosts.length === 0) {
    throw new AgentError(
      "config-invalid",
      `no host gets ${place.path}, so there is nobody to encrypt it for`,
      {
        subject: "gitops.yaml",
        hint: "list the host with its public key: hosts: { NAME: { recipient: age1… } }",
      },
    );
  }
  if (withoutKey.length > 0) {
    throw new AgentError(
      "config-invalid",
      `${withoutKey.join(", ")} could not decrypt ${place.path}: gitops.yaml has no recipient for ${withoutKey.length === 1 ? "this host" : "these hosts"}`,
      {
        subject: "gitops.yaml",
        hint: `add hosts: { ${withoutKey[0]}: { recipient: … } }: the host's age key, or the ssh-ed25519 line of ssh-keyscan -t ed25519 ${withoutKey[0]}`,
      },
    );
  }
  // The same key can belong to an administrator and a host.
  const recipients = [...new Set(readers.map(({ recipient }) => recipient))].map(parseRecipient);
  return { place, readers, recipients };
}

/** The hosts that get a secret, or would get it if it existed. */
function findHosts(repository: Checkout, { path, file }: SecretPlace): readonly string[] {
  const { snapshot } = repository;
  const files = new Map([[path, file], ...snapshot.files]);
  const { secrets } = listSecrets({ ...repository, snapshot: { ...snapshot, files } });
  return secrets.find((secret) => secret.path === path)?.hosts ?? [];
}

/**
 * Encrypts a value and puts it in place, atomically.
 * @throws AgentError `usage` for a value that could not be delivered, `host-write-failed`
 */
export async function writeSecret(
  { directory }: Checkout,
  { place, recipients }: Addressed,
  plaintext: Uint8Array,
): Promise<void> {
  const parts = takeApart(place, plaintext);
  if ("failure" in parts) {
    const { path } = place;
    const hint = "nothing was written";
    throw new AgentError("usage", `this value cannot become ${path}: ${parts.failure.message}`, {
      subject: path,
      hint,
    });
  }
  const bytes = await encryptFor(recipients, plaintext);
  await writeRepositoryFile(directory, place.path, { mode: "file", bytes });
}

/**
 * Decrypts secrets, all or none.
 * @returns plaintexts by repository path
 * @throws AgentError `secret-undecryptable` naming each that these identities cannot open
 */
export async function readSecrets(
  entries: readonly SecretEntry[],
  { identities }: LoadedIdentities,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const opener = createOpener(identities);
  const plaintexts = new Map<string, Uint8Array>();
  const failures: { readonly path: string; readonly message: string }[] = [];
  for (const entry of entries) {
    const opened = await opener.open(entry);
    if ("failure" in opened) failures.push({ path: opened.path, message: opened.failure.message });
    else plaintexts.set(opened.path, opened.plaintext);
  }
  const [first] = failures;
  if (first === undefined) return plaintexts;
  const recipients = await opener.describeRecipients();
  throw new AgentError(
    "secret-undecryptable",
    `cannot decrypt ${failures.length} of ${entries.length} secrets with the keys ${recipients}`,
    {
      subject: first.path,
      hint: "name an identity that can (--identity FILE), or ask somebody who has one; nothing was changed",
      diagnostics: failures.map(({ path, message }) => ({
        severity: "error",
        code: "secret-undecryptable",
        file: path,
        message: message.replace("this host", "any of these keys"),
      })),
    },
  );
}

/**
 * Encrypts secrets again for the people and hosts that gitops.yaml names now. The values stay as they are, so no
 * service restarts. Everything is decrypted and encrypted before the first file is written.
 * @throws AgentError `secret-undecryptable`, `config-invalid`, `host-write-failed`
 */
export async function rekeySecrets(
  repository: Checkout,
  entries: readonly SecretEntry[],
  identities: LoadedIdentities,
): Promise<readonly Addressed[]> {
  const addressed = entries.map((entry) => addressSecret(repository, entry));
  const plaintexts = await readSecrets(entries, identities);
  const ciphertexts = await Promise.all(
    addressed.map(async ({ place, recipients }) => ({
      path: place.path,
      bytes: await encryptFor(recipients, plaintexts.get(place.path) ?? new Uint8Array()),
    })),
  );
  for (const { path, bytes } of ciphertexts)
    await writeRepositoryFile(repository.directory, path, { mode: "file", bytes });
  return addressed;
}
