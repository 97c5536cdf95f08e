/** Which names and sizes systemd takes for credentials. Pure. */
import { AgentError } from "../../core/model/errors.ts";
import type { Plaintext } from "../../core/ports/secrets.ts";
import { plaintextLimitBytes } from "../formats/limits.ts";

/**
 * systemd's rule (systemd.exec(5), LoadCredential=; credential_name_valid in its source): valid as a file name and as
 * the name of a file descriptor, that is printable ASCII without `/` and `:`, at most 255 characters.
 */
export function isCredentialName(name: string): boolean {
  return isFileName(name) && /^[\x20-\x7e]+$/.test(name) && !name.includes(":");
}

/**
 * Refuses secrets that cannot be delivered.
 * @throws AgentError `repository-invalid` for an invalid name, a name that occurs twice, or more than 1 MiB in one unit
 */
export function refuseUndeliverable(secrets: readonly Plaintext[]): void {
  const totals = new Map<string, number>();
  const seen = new Set<string>();
  for (const { unit, name, bytes } of secrets) {
    if (!isFileName(unit) || !/^[\x21-\x7e]+$/.test(unit))
      throw invalid(unit, `${quote(unit)} is no unit name`);
    if (!isCredentialName(name)) {
      throw invalid(unit, `${quote(name)} cannot be the name of a credential of ${unit}`);
    }
    const key = `${unit}/${name}`;
    if (seen.has(key)) throw invalid(unit, `the credential ${name} of ${unit} is defined twice`);
    seen.add(key);
    const total = (totals.get(unit) ?? 0) + bytes.byteLength;
    totals.set(unit, total);
    if (total > plaintextLimitBytes) throw tooLarge(unit);
  }
}

function isFileName(name: string): boolean {
  return (
    name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name) && Buffer.byteLength(name) <= 255
  );
}

function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function invalid(unit: string, message: string): AgentError {
  return new AgentError("repository-invalid", message, {
    subject: unit,
    hint: "secrets lie at secrets/<unit>/<name>.age; names are printable ASCII without / and :, at most 255 characters",
  });
}

function tooLarge(unit: string): AgentError {
  return new AgentError(
    "repository-invalid",
    `the credentials of ${unit} are together larger than 1 MiB, which is systemd's limit for a unit`,
    {
      subject: unit,
      hint: "move large content into a file below files/, encrypted under a key that is the credential",
    },
  );
}
