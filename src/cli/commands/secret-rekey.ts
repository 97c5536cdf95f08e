/** `gitops-agent secret rekey`: encrypts the same values for the people and hosts that gitops.yaml names now. */
import { ExitCode } from "../../core/model/errors.ts";
import { openSecretStore } from "../compose-secrets.ts";
import { writeText } from "../output.ts";
import { renderWrittenSecret } from "../render/secret.ts";

export interface SecretRekeyOptions {
  /** A directory in the checkout. */
  readonly repository: string;
  /** Empty: the usual places. */
  readonly identities: readonly string[];
}

/** @param secrets empty: every one */
export async function runSecretRekey(
  secrets: readonly string[],
  options: SecretRekeyOptions,
): Promise<ExitCode> {
  const store = await openSecretStore(options.repository);
  const references = secrets.map((text) => ({ text, layer: null }));
  const written = await store.rekey(references, options.identities);
  for (const target of written) writeText(renderWrittenSecret("rekeyed", target));
  writeText(`${written.length} rekeyed; the values are what they were, so no service restarts\n`);
  return ExitCode.inSync;
}
