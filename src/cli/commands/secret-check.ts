/** `gitops-agent secret check`: whether every host can decrypt what it gets, as far as the files tell without a key. */
import { ExitCode, hasErrors } from "../../core/model/errors.ts";
import { openSecretStore } from "../compose-secrets.ts";
import { type OutputOptions, readScreen, writeJson, writeText } from "../output.ts";
import { renderSecretCheck } from "../render/secret.ts";

export async function runSecretCheck(
  options: OutputOptions & { readonly repository: string },
): Promise<ExitCode> {
  const { secrets, diagnostics } = (await openSecretStore(options.repository)).report();
  if (options.json) writeJson({ version: 1, secrets: secrets.length, diagnostics });
  else writeText(renderSecretCheck(secrets.length, diagnostics, readScreen()));
  return hasErrors(diagnostics) ? ExitCode.usage : ExitCode.inSync;
}
