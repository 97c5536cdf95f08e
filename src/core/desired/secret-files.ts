/**
 * Reads the paths below secrets/: which unit a file is for, and which credentials it gives. Pure; never sees a
 * plaintext.
 */
import type { Diagnostic } from "../model/errors.ts";
import { credentialKey, type SecretFile, type SecretFormat } from "../model/secret-format.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { isQuadletName, isUnitName } from "../units/unit-name.ts";
import { credentialSectionOf } from "./credential-drop-in.ts";

/**
 * @param files the secrets of one host, by their path below secrets/
 * @returns the files that give a credential, without those that repeat one, and a diagnostic for each mistake
 */
export function readSecretFiles(
  files: ReadonlyMap<string, SnapshotFile>,
  formats: readonly SecretFormat[],
): { readonly files: readonly SecretFile[]; readonly diagnostics: readonly Diagnostic[] } {
  const found: SecretFile[] = [];
  const diagnostics: Diagnostic[] = [];
  const givers = new Map<string, string>();
  for (const [relative, file] of files) {
    const secret = readSecretPath(relative, file, formats);
    if (secret === null) continue;
    if (typeof secret === "string") {
      diagnostics.push(notASecret(file.path, secret));
      continue;
    }
    const problem = secret.format.explainUnencrypted(file.bytes);
    if (problem !== null) {
      diagnostics.push({ severity: "error", code: "not-encrypted", file: file.path, ...problem });
    }
    const repeated = secret.items.find(({ name }) => givers.has(credentialKey({ unit: secret.unit, name })));
    if (repeated !== undefined) {
      diagnostics.push(givenTwice(secret, repeated.name, givers));
      continue;
    }
    for (const { name } of secret.items) givers.set(credentialKey({ unit: secret.unit, name }), file.path);
    found.push(secret);
  }
  return { files: found, diagnostics };
}

/**
 * Reads one file below secrets/.
 * @param relative its path below secrets/: `web.service/db-password.age`
 * @returns null for a hidden file, which is not a secret; a text when it cannot be one: what is wrong, to follow its
 *   name
 */
export function readSecretPath(
  relative: string,
  file: SnapshotFile,
  formats: readonly SecretFormat[],
): SecretFile | null | string {
  const [unit, name, ...rest] = relative.split("/");
  if (relative.split("/").at(-1)?.startsWith(".")) return null;
  if (unit === undefined || name === undefined || rest.length > 0) return "is not at UNIT/NAME.age";
  return readSecretOf(unit, file, formats);
}

/**
 * Reads a file as a secret of `unit`, in whatever directory it is.
 * @returns a text when it cannot be one: what is wrong, to follow its name
 */
export function readSecretOf(
  unit: string,
  file: SnapshotFile,
  formats: readonly SecretFormat[],
): SecretFile | string {
  const fileName = file.path.slice(file.path.lastIndexOf("/") + 1);
  const format = formats.find(({ ending }) => fileName.endsWith(ending));
  if (format === undefined) return `does not end in ${formats.map(({ ending }) => ending).join(" or ")}`;
  const items = format.listItems(unit, fileName.slice(0, -format.ending.length), file.bytes);
  if (typeof items === "string") return items;
  if (credentialSectionOf(unit) === null || !(isUnitName(unit) || isQuadletName(unit))) {
    return `belongs to ${unit}, which is not a unit that can receive credentials`;
  }
  return (
    items.map(({ name }) => explainName(name)).find((why) => why !== null) ?? { file, format, unit, items }
  );
}

function explainName(name: string): string | null {
  // The inventory is JSON, and its readers drop the key __proto__: the credential would be new at every sync.
  if (name === "__proto__") return `names the credential ${name}, a word that is kept for another use`;
  if (/^[A-Za-z0-9_.@+-]{1,255}$/.test(name) && name !== "." && name !== "..") return null;
  return `names the credential ${JSON.stringify(name)}; letters, digits and _ . @ + - are safe in unit files`;
}

/** @param message what is wrong, to follow the name of the file */
export function notASecret(path: string, message: string): Diagnostic {
  const hint = "secrets live at secrets/UNIT/NAME.age";
  return { severity: "error", code: "not-a-secret", file: path, message, hint };
}

function givenTwice(
  { file, unit }: SecretFile,
  name: string,
  givers: ReadonlyMap<string, string>,
): Diagnostic {
  const other = givers.get(credentialKey({ unit, name })) ?? "";
  return {
    severity: "error",
    code: "duplicate-credential",
    file: file.path,
    message: `gives ${unit} the credential ${name}, as ${other} does`,
    hint: "rename or remove one of the two",
  };
}
