/**
 * Joins what the `secret` commands need: a checkout, its gitops.yaml, and the secrets room. It is separate from
 * compose.ts, because these commands run on any machine and need neither an agent nor its configuration.
 */
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { secretFormats } from "../core/desired/age-format.ts";
import { AgentError } from "../core/model/errors.ts";
import { listUsualIdentities, loadAuthorIdentities } from "../secrets/authoring/author-identities.ts";
import {
  type Addressed,
  addressSecret,
  readSecrets,
  rekeySecrets,
  writeSecret,
} from "../secrets/authoring/authoring.ts";
import { nameReader, reportSecrets, type SecretsReport } from "../secrets/authoring/authoring-check.ts";
import { type GeneratedIdentity, generateIdentityFile } from "../secrets/authoring/keygen.ts";
import { findSecret, locateSecret, type SecretReference } from "../secrets/authoring/locate-secret.ts";
import { editInMemory, listMemoryPlaces } from "../secrets/authoring/scratch.ts";
import { type Checkout, isSecretPath, listSecrets } from "../secrets/authoring/secret-layout.ts";
import { readRepositoryOnDisk } from "./compose-files.ts";

export type { SecretReport, SecretsReport } from "../secrets/authoring/authoring-check.ts";
export type { SecretReference } from "../secrets/authoring/locate-secret.ts";

/** A secret as the commands show it. */
export interface SecretTarget {
  readonly path: string;
  /** Whether it holds environment variables. */
  readonly isEnvironment: boolean;
  /** Names of the readers that can decrypt it after a write. */
  readonly readers: readonly string[];
}

export interface SecretStore {
  /** @throws AgentError `config-invalid` */
  report(): SecretsReport;
  /**
   * Finds the secret, and all mistakes that can be found before a person is asked for a value.
   * @throws AgentError `usage`, `config-invalid`
   */
  locate(reference: SecretReference): SecretTarget;
  /** @throws AgentError `usage`, `config-invalid`, `host-write-failed` */
  write(reference: SecretReference, plaintext: Uint8Array): Promise<SecretTarget>;
  /**
   * Lets `edit` change a secret in a file in memory.
   * @param identityFiles empty: those in the usual places
   * @returns null when the content is what it was; the repository is untouched then
   * @throws AgentError also `identity-unusable`, `secret-undecryptable`, `credential-store-unsafe`; what `edit` throws
   */
  edit(
    reference: SecretReference,
    identityFiles: readonly string[],
    edit: (file: string) => Promise<void>,
  ): Promise<SecretTarget | null>;
  /**
   * @param references empty: every secret that a host gets
   * @throws AgentError as `edit`
   */
  rekey(
    references: readonly SecretReference[],
    identityFiles: readonly string[],
  ): Promise<readonly SecretTarget[]>;
}

/**
 * @param directory a directory in the checkout; its top is the nearest one above with `.git`, or itself
 * @throws AgentError `repository-invalid`, with the diagnostics of gitops.yaml
 */
export async function openSecretStore(directory: string): Promise<SecretStore> {
  const top = await findTop(path.resolve(directory));
  const { snapshot, config, diagnostics } = await readRepositoryOnDisk(top);
  if (config === null) {
    throw new AgentError("config-invalid", "gitops.yaml is not valid", {
      subject: "gitops.yaml",
      diagnostics,
    });
  }
  const repository: Checkout = { directory: top, snapshot, config, formats: secretFormats };
  const resolve = (reference: SecretReference) => ({
    ...reference,
    text: resolveText(repository, reference.text),
  });
  const address = (reference: SecretReference) =>
    addressSecret(repository, locateSecret(repository, resolve(reference)));
  return {
    report: () => reportSecrets(repository),
    locate: (reference) => describeTarget(address(reference)),
    async write(reference, plaintext) {
      const addressed = address(reference);
      await writeSecret(repository, addressed, plaintext);
      return describeTarget(addressed);
    },
    async edit(reference, identityFiles, edit) {
      const entry = findSecret(repository, resolve(reference));
      const addressed = addressSecret(repository, entry);
      const before =
        (await readSecrets([entry], await loadKeys(identityFiles))).get(entry.path) ?? new Uint8Array();
      const after = await editInMemory(
        before,
        path.basename(entry.path, entry.format.ending),
        listMemoryPlaces(process.env),
        edit,
      );
      if (Buffer.from(before).equals(after)) return null;
      await writeSecret(repository, addressed, after);
      return describeTarget(addressed);
    },
    async rekey(references, identityFiles) {
      const all = listSecrets(repository).secrets.filter(({ hosts }) => hosts.length > 0);
      const named = references.map((one) => findSecret(repository, resolve(one)));
      // Two values may be in one file.
      const entries =
        references.length === 0 ? all : [...new Map(named.map((one) => [one.path, one])).values()];
      if (entries.length === 0) return [];
      return (await rekeySecrets(repository, entries, await loadKeys(identityFiles))).map(describeTarget);
    },
  };
}

function loadKeys(identityFiles: readonly string[]) {
  return loadAuthorIdentities(identityFiles, listUsualIdentities(process.env, homedir()));
}

function describeTarget({ place, readers }: Addressed): SecretTarget {
  const isEnvironment = place.items.some(({ delivery }) => delivery === "environment");
  return { path: place.path, isEnvironment, readers: readers.map(nameReader) };
}

/** A path can be relative to the working directory, as a shell completes it, or to the top of the checkout. */
function resolveText(repository: Checkout, text: string): string {
  if (!isSecretPath(repository, text)) return text;
  const { directory: top } = repository;
  const fromHere = path.relative(top, path.resolve(text));
  const isInside = !fromHere.startsWith("..") && !path.isAbsolute(fromHere);
  return isInside && path.resolve() !== top ? fromHere : text.replace(/^(?:\.\/)+/, "");
}

async function findTop(start: string): Promise<string> {
  for (let directory = start; ; directory = path.dirname(directory)) {
    const isTop = await access(path.join(directory, ".git")).then(
      () => true,
      () => false,
    );
    if (isTop) return directory;
    if (path.dirname(directory) === directory) return start;
  }
}

/**
 * Makes a new identity for a person or a host.
 * @param file null: the usual place for a person's key
 * @throws AgentError `usage` when the file exists, `host-write-failed`
 */
export async function makeIdentity(file: string | null, postQuantum: boolean): Promise<GeneratedIdentity> {
  const [usual = ""] = listUsualIdentities(process.env, homedir());
  return generateIdentityFile({ file: file ?? usual, postQuantum, now: Date.now() });
}
