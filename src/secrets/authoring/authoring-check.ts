/**
 * What can be told about a repository's secrets without any private key: for whom they are encrypted, and who should be
 * able to read them. Pure. Where the age format hides the answer, the report says so.
 */
import type { Diagnostic } from "../../core/model/errors.ts";
import type { SecretDelivery } from "../../core/model/secret-format.ts";
import { parseRecipient, shortenRecipient } from "../formats/recipients.ts";
import { type Access, compareStanzas, readStanzas } from "../formats/stanzas.ts";
import {
  type Checkout,
  findLayersOfUnit,
  isLayerOf,
  listReaders,
  listSecrets,
  type Reader,
  type SecretEntry,
} from "./secret-layout.ts";

export interface ReaderReport extends Reader {
  /** Its name for a person. */
  readonly label: string;
  /** `unknown`: gitops.yaml has no usable key for it, or the file is not an age file. */
  readonly access: Access | "unknown";
}

export interface SecretReport {
  readonly path: string;
  readonly unit: string;
  readonly name: string;
  readonly kind: SecretDelivery;
  /** `top`, `roles/media` or `hosts/media-1`. */
  readonly layer: string;
  readonly hosts: readonly string[];
  readonly readers: readonly ReaderReport[];
  /** How many keys it is encrypted for besides those that gitops.yaml names. */
  readonly otherKeys: number;
}

/** What is the same for all values in a file. */
type FileReport = Omit<SecretReport, "name" | "kind">;

export interface SecretsReport {
  readonly secrets: readonly SecretReport[];
  /** What is wrong, errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** @throws AgentError `config-invalid` for a recipient in gitops.yaml that is not a valid public key */
export function reportSecrets(repository: Checkout): SecretsReport {
  const { secrets, diagnostics } = listSecrets(repository);
  const reports = secrets.map((secret) => reportFile(repository, secret));
  return {
    secrets: reports.flatMap(({ items }) => items),
    diagnostics: [...diagnostics, ...reports.flatMap((result) => result.diagnostics)],
  };
}

/** One report for each value in the file. A problem of the file itself is reported once. */
function reportFile(
  repository: Checkout,
  secret: SecretEntry,
): { readonly items: readonly SecretReport[]; readonly diagnostics: readonly Diagnostic[] } {
  const { path, unit, hosts } = secret;
  const { readers, withoutKey } = listReaders(repository.config, hosts);
  const stanzas = readStanzas(secret.file);
  const expected = readers.map(({ recipient }) => parseRecipient(recipient));
  const { access, others } = compareStanzas(stanzas ?? [], expected);
  const known = readers.map(
    (reader, index): ReaderReport => ({
      ...reader,
      label: nameReader(reader),
      access: stanzas === null ? "unknown" : (access[index] ?? "unknown"),
    }),
  );
  const unknown = withoutKey.map(
    (who): ReaderReport => ({ who, label: who, recipient: "", access: "unknown" }),
  );
  const file: FileReport = {
    path,
    unit,
    layer: secret.layer === "" ? "top" : secret.layer.slice(0, -1),
    hosts,
    readers: [...known, ...unknown],
    otherKeys: others,
  };
  const findings = stanzas === null ? [notAge(path)] : findMissing(file, stanzas.length);
  const items = secret.items.map(({ name, delivery }) => ({ ...file, name, kind: delivery }));
  return { items, diagnostics: [...findings, ...findUnitProblems(repository, secret)] };
}

function findMissing(report: FileReport, stanzaCount: number): readonly Diagnostic[] {
  const { path, readers, otherKeys } = report;
  const findings: Diagnostic[] = [];
  const named = (access: ReaderReport["access"]) =>
    readers.filter((reader) => reader.access === access).map(({ label }) => label);
  const [missing, unclear, unknown] = [named("no"), named("unclear"), named("unknown")];
  if (missing.length > 0) {
    findings.push(
      finding("error", "secret-reader-missing", path, `it is not encrypted for ${missing.join(", ")}`),
    );
  }
  if (unclear.length > 0) {
    const message = `it is encrypted for fewer keys than these: ${unclear.join(", ")}; age does not tell which one is missing`;
    findings.push(finding("error", "secret-reader-missing", path, message));
  }
  if (unknown.length > 0) {
    const message = `gitops.yaml has no recipient for ${unknown.join(", ")}, so nothing can be said about it`;
    const hint = "add hosts: { NAME: { recipient: … } }";
    findings.push({ ...finding("warning", "secret-reader-unknown", path, message), hint });
  }
  if (otherKeys > 0) {
    const message = `${otherKeys} of its ${stanzaCount} keys belong to nobody whom gitops.yaml names for it`;
    findings.push(finding("warning", "secret-reader-extra", path, message));
  }
  return findings;
}

/** The name of a reader for a person: a host's name, or the shortened key of an administrator. */
export function nameReader({ who, recipient }: Reader): string {
  return who === "admin" ? `admin ${shortenRecipient(recipient)}` : who;
}

function findUnitProblems({ snapshot, config }: Checkout, secret: SecretEntry): readonly Diagnostic[] {
  const { path, unit, hosts } = secret;
  if (hosts.length === 0) {
    const message = "no host gets it: each has a file of its own instead, or the role is nobody's";
    return [{ severity: "warning", code: "secret-unused", file: path, message }];
  }
  const layers = findLayersOfUnit(snapshot, config, unit);
  const without = hosts.filter((host) => !layers.some((layer) => isLayerOf(config, host, layer)));
  if (without.length === 0) return [];
  return [
    {
      severity: "warning",
      code: "secret-unit-unknown",
      file: path,
      message: `the repository has no ${unit} for ${without.join(", ")}`,
      hint: "right for a unit that the distribution installs; otherwise the name is misspelt, or it is in another layer than its unit",
    },
  ];
}

function notAge(path: string): Diagnostic {
  return {
    severity: "error",
    code: "secret-not-age",
    file: path,
    message: "it is not an age file",
    hint: "if it holds a secret in clear text, that secret is in the history now: replace it; then use gitops-agent secret set",
  };
}

function finding(severity: Diagnostic["severity"], code: string, file: string, message: string): Diagnostic {
  return { severity, code, file, message, hint: `gitops-agent secret rekey ${file}` };
}
