/** `gitops-agent secret set`: a new value from standard input or a hidden prompt; never from an argument, which `ps` shows. */
import { ExitCode } from "../../core/model/errors.ts";
import { openSecretStore } from "../compose-secrets.ts";
import { writeText } from "../output.ts";
import { renderWrittenSecret } from "../render/secret.ts";
import { promptForSecret, readSecretFrom } from "./secret-input.ts";

export interface SecretSetOptions {
  /** A directory in the checkout. */
  readonly repository: string;
  readonly layer: string | null;
}

export async function runSecretSet(secret: string, options: SecretSetOptions): Promise<ExitCode> {
  const store = await openSecretStore(options.repository);
  const reference = { text: secret, layer: options.layer };
  const { path, isEnvironment } = store.locate(reference);
  const { stdin, stderr } = process;
  const value = stdin.isTTY ? await promptForSecret(path, stdin, stderr) : await readSecretFrom(stdin);
  const written = await store.write(reference, value);
  // The last line end is not cut off, because a key file needs it. But `echo` adds one that most passwords do not have.
  if (!stdin.isTTY && !isEnvironment && endsAsFromEcho(value)) {
    stderr.write("note: the value ends with a line end, which is part of it now; printf %s leaves it away\n");
  }
  writeText(renderWrittenSecret("wrote", written));
  return ExitCode.inSync;
}

/** Whether the value is one line with a line end. */
function endsAsFromEcho(value: Uint8Array): boolean {
  return value.indexOf(0x0a) === value.length - 1;
}
