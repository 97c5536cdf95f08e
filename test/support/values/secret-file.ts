/** Files of secrets as the agent reads them from a repository. */
import { secretFormats } from "../../../src/core/desired/age-format.ts";
import { readSecretOf } from "../../../src/core/desired/secret-files.ts";
import type { SecretFile, SecretFormat, SecretItem } from "../../../src/core/model/secret-format.ts";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";

/** What a file gives to the unit that the directory above it names. */
export function secretFileOf(
  file: SnapshotFile,
  formats: readonly SecretFormat[] = secretFormats,
): SecretFile {
  const unit = file.path.split("/").at(-2) ?? "";
  const secret = readSecretOf(unit, file, formats);
  if (typeof secret === "string") throw new Error(`${file.path} ${secret}`);
  return secret;
}

/** The same as a file of a repository. */
export function readSecretFile(path: string, bytes: Uint8Array, blob = "0"): SecretFile {
  return secretFileOf({ path, mode: "file", bytes, blob });
}

/**
 * A made-up format, in which one file gives several values: `NAME+NAME.several` is an age file with a line `NAME=VALUE` for
 * each. A name in capitals is an environment file.
 */
export const severalFormat: SecretFormat = {
  ending: ".several",
  explainUnencrypted: () => null,
  listItems: (_unit, stem) =>
    stem.split("+").map((part): SecretItem => {
      const isEnvironment = part === part.toUpperCase();
      return { name: part, delivery: isEnvironment ? "environment" : "credential", part };
    }),
  extract(plaintext, { part, delivery }) {
    const lines = new TextDecoder().decode(plaintext).split("\n");
    const line = lines.find((text) => text.startsWith(`${part}=`));
    if (line === undefined) return null;
    return Buffer.from(delivery === "environment" ? line : line.slice(line.indexOf("=") + 1));
  },
};
