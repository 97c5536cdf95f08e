/** `gitops-agent keygen`: a new age identity. The recipient is the only thing on standard output, for scripts. */
import { ExitCode } from "../../core/model/errors.ts";
import { makeIdentity } from "../compose-secrets.ts";
import { writeText } from "../output.ts";

export interface KeygenOptions {
  /** Null: the usual place for a person's key. */
  readonly output: string | null;
  readonly postQuantum: boolean;
}

export async function runKeygen(options: KeygenOptions): Promise<ExitCode> {
  const { file, recipient } = await makeIdentity(options.output, options.postQuantum);
  writeText(`${recipient}\n`);
  process.stderr.write(
    `wrote the private key to ${file}; above is its public half, for admins: or hosts: in gitops.yaml\n`,
  );
  return ExitCode.inSync;
}
