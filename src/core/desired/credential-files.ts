/** The credentials of a revision, and the generated drop-ins that deliver them. Pure; never sees a plaintext. */
import type { DesiredCredential, FileEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import { credentialKey, type SecretFile } from "../model/secret-format.ts";
import { buildContainerSecrets, type ContainerSecretLines, noSecretLines } from "./container-secrets.ts";
import {
  buildCredentialDropIn,
  credentialDropInName,
  credentialSectionOf,
  selectCredentials,
} from "./credential-drop-in.ts";
import { selectQuadletDropIns } from "./drop-ins.ts";
import type { Quadlets } from "./quadlets.ts";
import type { UnitLayer } from "./unit-layer.ts";

/** @param opened `credentialKey` → digest and cache key of the plaintext; empty when nothing was decrypted */
export function buildCredentials(
  files: readonly SecretFile[],
  opened: ReadonlyMap<string, { readonly digest: string; readonly cacheKey: string }>,
): readonly DesiredCredential[] {
  return files.flatMap(({ file, unit, items }) =>
    items.map(({ name, delivery }): DesiredCredential => {
      const { digest = "", cacheKey = "" } = opened.get(credentialKey({ unit, name })) ?? {};
      return { unit, name, delivery, origin: file.path, digest, cacheKey };
    }),
  );
}

export interface CredentialFilesInput {
  readonly byUnit: ReadonlyMap<string, readonly DesiredCredential[]>;
  readonly layer: UnitLayer;
  readonly quadlets: Quadlets;
  readonly layout: HostLayout;
  readonly digestBytes: (bytes: Uint8Array) => string;
}

/** A drop-in for each unit that has a secret of its own name. */
export function buildCredentialFiles(input: CredentialFilesInput): {
  readonly entries: readonly FileEntry[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const { layout } = input;
  const entries: FileEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const unit of input.byUnit.keys()) {
    const section = credentialSectionOf(unit);
    const credentials = selectCredentials(unit, input.byUnit);
    if (section === null || credentials[0] === undefined) continue;
    const secrets = buildSecretsOf(unit, credentials, input);
    diagnostics.push(...secrets.diagnostics);
    const text = buildCredentialDropIn({
      unit,
      section,
      credentials,
      currentPath: layout.credentialsPath,
      secrets: secrets.lines,
    });
    const bytes = new TextEncoder().encode(text);
    const parent = input.quadlets.has(unit) ? layout.quadletDirectory : layout.unitDirectory;
    entries.push({
      kind: "file",
      path: `${parent}/${unit}.d/${credentialDropInName}`,
      role: "credentials",
      origin: credentials[0].origin,
      unit,
      bytes,
      digest: input.digestBytes(bytes),
      mode: 0o644,
    });
  }
  return { entries, diagnostics };
}

function buildSecretsOf(
  unit: string,
  credentials: readonly DesiredCredential[],
  { quadlets, layer, layout }: CredentialFilesInput,
): { readonly lines: ContainerSecretLines; readonly diagnostics: readonly Diagnostic[] } {
  const quadlet = quadlets.get(unit);
  if (quadlet === undefined) return { lines: noSecretLines, diagnostics: [] };
  return buildContainerSecrets({
    files: [quadlet.file, ...selectQuadletDropIns(unit, layer.dropIns, credentialDropInName)],
    names: new Set(credentials.map(({ name }) => name)),
    directory: layout.containerSecretsDirectory,
    manager: layout.manager,
  });
}
