/**
 * Restores the credentials of the applied revision, for instance after a boot. Uses only the local clone: no network and no
 * running agent are needed. Must not touch units.
 */
import { readSecretOf } from "../core/desired/secret-files.ts";
import { AgentError } from "../core/model/errors.ts";
import { credentialKey } from "../core/model/secret-format.ts";
import type { CredentialStorePort, Plaintext, SecretsPort } from "../core/ports/secrets.ts";
import type { SourcePort } from "../core/ports/source.ts";
import type { StatePort } from "../core/ports/state.ts";

export interface RestorePorts {
  readonly source: SourcePort;
  readonly secrets: SecretsPort;
  readonly credentials: CredentialStorePort;
  readonly state: StatePort;
}

/**
 * Decrypts the credentials that the inventory names, and makes them the current generation, unless they are all there.
 * @param isAltered true when they are written again although all are there, because one is not what was decrypted
 * @returns how many credentials were restored; 0 when all are there, or none are needed
 * @throws AgentError `secret-undecryptable`, `identity-unusable`, `credential-store-unsafe`, `state-unreadable`,
 *   `repository-invalid`. Then the credential files are missing, and units that need them fail to start: no unit gets an
 *   empty one.
 */
export async function restoreCredentials(
  ports: RestorePorts,
  signal: AbortSignal,
  isAltered = false,
): Promise<number> {
  const inventory = await ports.state.loadInventory();
  const revision = inventory.credentialsFrom;
  if (revision === null || inventory.credentials.length === 0) return 0;
  if (!isAltered && (await ports.credentials.readComplete(inventory.credentials)) === inventory.generation)
    return 0;
  const unitByOrigin = new Map(inventory.credentials.map(({ origin, unit }) => [origin, unit]));
  const snapshot = await ports.source.readSnapshot(revision, (path) => unitByOrigin.has(path), signal);
  const files = [...snapshot.files.values()].flatMap((file) => {
    const secret = readSecretOf(unitByOrigin.get(file.path) ?? "", file, ports.secrets.formats);
    return typeof secret === "string" ? [] : [secret];
  });
  const opened = await ports.secrets.openAll(files, []);
  const plaintexts = inventory.credentials.map(({ unit, name, origin }): Plaintext => {
    const bytes = opened.get(credentialKey({ unit, name }))?.bytes;
    if (bytes === undefined) {
      throw new AgentError("repository-invalid", `${origin} is missing in the local clone`, {
        subject: origin,
        hint: "run `gitops-agent sync` once the repository can be reached: it fetches the clone anew",
      });
    }
    return { unit, name, bytes };
  });
  const generation = await ports.credentials.writeGeneration(plaintexts);
  await ports.credentials.activate(generation);
  await ports.state.saveInventory({ ...inventory, generation });
  await ports.credentials.removeOthers([generation]);
  return plaintexts.length;
}
