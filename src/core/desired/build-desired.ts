/**
 * Builds the desired state of one host from a snapshot: every file it shall have, every unit with its effective
 * definition. Pure; reports all mistakes at once and guesses nothing.
 */

import type { Desired, DesiredCredential, DesiredUnit, FileEntry, HostFile } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import type { Snapshot, SnapshotFile } from "../model/snapshot.ts";
import { isQuadletName, isUnitName, serviceOfQuadlet } from "../units/unit-name.ts";
import { buildUnits } from "./build-units.ts";
import {
  buildCredentialDropIn,
  credentialDropInName,
  credentialSectionOf,
  groupByUnit,
  selectCredentials,
} from "./credential-drop-in.ts";
import { limitDiagnostics } from "./diagnostic-limit.ts";
import { buildEnablementLinks } from "./enablement.ts";
import { findLinkedLayers, type Layers, selectLayers } from "./layers.ts";
import { buildManagedFiles } from "./managed-file.ts";
import { findLongNames } from "./name-length.ts";
import { sortUnitLayer, type UnitLayer } from "./unit-layer.ts";
import { resolveUnitRules } from "./unit-rules.ts";

export interface DesiredInput {
  readonly snapshot: Snapshot;
  readonly config: RepositoryConfig;
  readonly host: string;
  readonly layout: HostLayout;
  /** Repository path of a secret → what is known of its plaintext. Empty where nothing is decrypted. */
  readonly secrets: ReadonlyMap<string, { readonly digest: string; readonly cacheKey: string }>;
  readonly digestBytes: (bytes: Uint8Array) => string;
}

export interface DesiredResult {
  /** Usable only when no diagnostic is an error. */
  readonly desired: Desired;
  readonly diagnostics: readonly Diagnostic[];
}

export function buildDesired(input: DesiredInput): DesiredResult {
  const layers = selectLayers(input.snapshot.files, input.config, input.host);
  const layer = sortUnitLayer(layers.units);
  const managed = buildManagedFiles(layers.files, input.config.files, input.layout, input.digestBytes);
  const secrets = buildCredentials(layers, input.secrets);
  const files = collectRepositoryFiles(layer, input);
  for (const entry of managed.entries) files.set(entry.path, entry);
  const credentialsByUnit = groupByUnit(secrets.credentials);
  const credentialFiles = buildCredentialFiles(credentialsByUnit, layer, input);
  for (const entry of credentialFiles) files.set(entry.path, entry);
  const built = buildUnits({
    layer,
    config: input.config,
    specifiers: input.layout.specifiers,
    managedDigests: new Map(managed.entries.map(({ path, digest }) => [path, digest])),
    credentialsByUnit,
    credentialFiles,
  });
  for (const link of buildLinks(built.units, input.layout.unitDirectory)) files.set(link.path, link);
  for (const file of files.values()) {
    if (mayAdopt(file, input.config)) files.set(file.path, { ...file, adopt: true });
  }
  return {
    desired: {
      revision: input.snapshot.revision,
      host: input.host,
      layout: input.layout,
      files,
      units: built.units,
      credentials: secrets.credentials,
      defaultHealth: input.config.defaults.health,
    },
    diagnostics: limitDiagnostics([
      ...findLinkedLayers(input.snapshot.files, input.config, input.host),
      ...layer.diagnostics,
      ...managed.diagnostics,
      ...secrets.diagnostics,
      ...built.diagnostics,
      ...findLongNames({ units: built.units, files }),
      ...checkHost(input.config, input.host, layers),
    ]),
  };
}

function mayAdopt({ path, unit }: HostFile, config: RepositoryConfig): boolean {
  if (unit === null) return config.files.get(path)?.adopt === true;
  const ruled = isQuadletName(unit) ? serviceOfQuadlet(unit) : unit;
  return resolveUnitRules(config, ruled).adopt === true;
}

/** The repository's own unit files, byte for byte. */
function collectRepositoryFiles(layer: UnitLayer, input: DesiredInput): Map<string, HostFile> {
  const files = new Map<string, HostFile>();
  const { unitDirectory, quadletDirectory } = input.layout;
  const add = (path: string, role: FileEntry["role"], unit: string, file: SnapshotFile) => {
    const base = { path, role, unit, origin: file.path };
    if (file.mode === "symlink") {
      const linkTarget = new TextDecoder().decode(file.bytes);
      files.set(path, { ...base, kind: "link", linkTarget });
    } else {
      const digest = input.digestBytes(file.bytes);
      files.set(path, { ...base, kind: "file", bytes: file.bytes, digest, mode: 0o644 });
    }
  };
  for (const [name, file] of layer.fragments) add(`${unitDirectory}/${name}`, "fragment", name, file);
  for (const [name, file] of layer.quadlets) add(`${quadletDirectory}/${name}`, "quadlet", name, file);
  for (const [name, file] of layer.instances) add(`${unitDirectory}/${name}`, "instance", name, file);
  for (const [name, { file }] of layer.aliases) add(`${unitDirectory}/${name}`, "alias", name, file);
  for (const [name, file] of layer.masks) add(`${unitDirectory}/${name}`, "mask", name, file);
  for (const [directory, conf] of layer.dropIns) {
    const owner = directory.slice(0, -2);
    const parent = isQuadletName(owner) ? quadletDirectory : unitDirectory;
    for (const [name, file] of conf) add(`${parent}/${directory}/${name}`, "drop-in", owner, file);
  }
  return files;
}

function buildLinks(units: ReadonlyMap<string, DesiredUnit>, unitDirectory: string): readonly HostFile[] {
  return [...units.values()]
    .filter((unit) => unit.owned && unit.declared && !unit.masked && unit.intent !== "stopped")
    .filter((unit) => unit.quadlet === null && !unit.pulledIn)
    .flatMap((unit) =>
      buildEnablementLinks(
        { name: unit.name, settings: unit.definition.settings, origin: unit.origins[0] ?? unit.name },
        unitDirectory,
      ),
    );
}

function buildCredentials(
  layers: Layers,
  opened: DesiredInput["secrets"],
): { readonly credentials: readonly DesiredCredential[]; readonly diagnostics: readonly Diagnostic[] } {
  const credentials: DesiredCredential[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [relative, file] of layers.secrets) {
    const secret = parseSecretPath(relative);
    if (secret === "ignored") continue;
    if (typeof secret === "string") {
      const hint = "secrets live at secrets/UNIT/NAME.age";
      diagnostics.push({ severity: "error", code: "not-a-secret", file: file.path, message: secret, hint });
    } else {
      if (!looksEncrypted(file.bytes)) {
        const message = "is not an age file: it may be the secret itself, unencrypted";
        const hint = "encrypt it (age -r RECIPIENT -a), and rotate the secret if it was pushed in the clear";
        diagnostics.push({ severity: "error", code: "not-encrypted", file: file.path, message, hint });
      }
      const { digest = "", cacheKey = "" } = opened.get(file.path) ?? {};
      credentials.push({ ...secret, origin: file.path, digest, cacheKey });
    }
  }
  return { credentials, diagnostics };
}

/** The first bytes of every age file, binary or armored (age-encryption.org/v1). */
function looksEncrypted(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  return start.startsWith("age-encryption.org/") || start.startsWith("-----BEGIN AGE ENCRYPTED FILE-----");
}

type SecretPlace = Pick<DesiredCredential, "unit" | "name" | "delivery">;

/** `web.service/db-password.age` → unit, credential name and delivery; a text says what is wrong with it. */
export function parseSecretPath(relative: string): SecretPlace | "ignored" | string {
  const [unit, file, ...rest] = relative.split("/");
  if (relative.split("/").at(-1)?.startsWith(".")) return "ignored";
  if (unit === undefined || file === undefined || rest.length > 0) return "is not at UNIT/NAME.age";
  if (!file.endsWith(".age") || file === ".age") return "does not end in .age";
  const delivery = file.endsWith(".env.age") ? "environment" : "credential";
  if (delivery === "environment" && isQuadletName(unit)) {
    return "is an environment file for a container: podman would write its values to the disk";
  }
  if (credentialSectionOf(unit) === null || !(isUnitName(unit) || isQuadletName(unit))) {
    return `belongs to ${unit}, which is not a unit that can receive credentials`;
  }
  const name = file.slice(0, -".age".length);
  // The inventory is JSON, and its readers take __proto__ for no name at all: it would be new at every sync.
  if (name === "__proto__") return `names the credential ${name}, a word that is kept for another use`;
  if (!/^[A-Za-z0-9_.@+-]{1,255}$/.test(name) || name === "." || name === "..") {
    return `names the credential ${JSON.stringify(name)}; letters, digits and _ . @ + - are safe in unit files`;
  }
  return { unit, name, delivery };
}

function buildCredentialFiles(
  byUnit: ReadonlyMap<string, readonly DesiredCredential[]>,
  layer: UnitLayer,
  input: DesiredInput,
): readonly FileEntry[] {
  return [...byUnit.keys()].flatMap((unit): FileEntry[] => {
    const section = credentialSectionOf(unit);
    const selected = selectCredentials(unit, byUnit);
    if (section === null || selected[0] === undefined) return [];
    const text = buildCredentialDropIn(unit, section, selected, input.layout.credentialsPath);
    const bytes = new TextEncoder().encode(text);
    const parent = layer.quadlets.has(unit) ? input.layout.quadletDirectory : input.layout.unitDirectory;
    return [
      {
        kind: "file",
        path: `${parent}/${unit}.d/${credentialDropInName}`,
        role: "credentials",
        origin: selected[0].origin,
        unit,
        bytes,
        digest: input.digestBytes(bytes),
        mode: 0o644,
      },
    ];
  });
}

const hostsInHint = 10;

/** A host that no rule and no directory names probably has a misspelt name: it gets the top level only. */
function checkHost(config: RepositoryConfig, host: string, layers: Layers): readonly Diagnostic[] {
  const all = [...layers.units.values(), ...layers.files.values(), ...layers.secrets.values()];
  const known = config.hosts.has(host) || all.some((file) => file.path.startsWith(`hosts/${host}/`));
  if (known || config.hosts.size === 0) return [];
  return [
    {
      severity: "warning",
      code: "unknown-host",
      file: "gitops.yaml",
      message: `hosts: does not list ${host}, which gets the top level only`,
      hint: `hosts listed: ${[...config.hosts.keys()].slice(0, hostsInHint).join(", ")}`,
    },
  ];
}
