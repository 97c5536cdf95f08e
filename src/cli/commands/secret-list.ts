/** `gitops-agent secret list`: every secret of the repository, which hosts get it, and who can decrypt it. */
import { ExitCode } from "../../core/model/errors.ts";
import { openSecretStore } from "../compose-secrets.ts";
import { type OutputOptions, readScreen, writeJson, writeText } from "../output.ts";
import { renderSecretList } from "../render/secret.ts";

export async function runSecretList(
  options: OutputOptions & { readonly repository: string },
): Promise<ExitCode> {
  const { secrets } = (await openSecretStore(options.repository)).report();
  if (options.json) writeJson({ version: 1, secrets });
  else writeText(renderSecretList(secrets, readScreen()));
  return ExitCode.inSync;
}
