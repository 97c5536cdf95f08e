/**
 * Where secrets lie in a repository, which hosts get each, and whose keys it should be encrypted for. Pure; knows
 * names and keys, never a plaintext.
 */
import { layerOf, listHosts, selectLayers } from "../../core/desired/layers.ts";
import { findUnitPath } from "../../core/desired/layout-paths.ts";
import { notASecret, readSecretPath } from "../../core/desired/secret-files.ts";
import type { Diagnostic } from "../../core/model/errors.ts";
import type { RepositoryConfig } from "../../core/model/rules.ts";
import type { SecretFile, SecretFormat } from "../../core/model/secret-format.ts";
import type { Snapshot, SnapshotFile } from "../../core/model/snapshot.ts";
import { parseInstance } from "../../core/units/unit-name.ts";

/** Prefix of a layer in the repository: "" for the top, `roles/media/`, `hosts/media-1/`. */
export type LayerPrefix = string;

/** A repository on disk. */
export interface Checkout {
  /** Its top. */
  readonly directory: string;
  readonly snapshot: Snapshot;
  readonly config: RepositoryConfig;
  /** The formats that its secrets may have. New secrets get the first one. */
  readonly formats: readonly [SecretFormat, ...SecretFormat[]];
}

/** Where a file of secrets is, or would be. */
export interface SecretPlace extends SecretFile {
  /** Path in the repository. */
  readonly path: string;
  readonly layer: LayerPrefix;
}

export interface SecretEntry extends SecretPlace {
  /** Hosts for which this file counts, since no later layer replaces it. */
  readonly hosts: readonly string[];
}

/** A host or an administrator that must be able to decrypt a secret. */
export interface Reader {
  readonly who: string;
  readonly recipient: string;
}

/** Whether a layer is one of a host's. */
export function isLayerOf(config: RepositoryConfig, host: string, layer: LayerPrefix): boolean {
  if (layer === "" || layer === `hosts/${host}/`) return true;
  return (config.hosts.get(host)?.roles ?? []).some((role) => layer === `roles/${role}/`);
}

/** Every file of secrets, sorted by path, and what is wrong with other files below secrets/. */
export function listSecrets(repository: Checkout): {
  readonly secrets: readonly SecretEntry[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const { snapshot, config } = repository;
  const secrets: SecretEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  const hostsByPath = groupHosts(snapshot, config);
  for (const file of [...snapshot.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const place = findPlace(repository, file);
    if (place === null) continue;
    if (typeof place === "string") diagnostics.push(notASecret(file.path, place));
    else secrets.push({ ...place, hosts: hostsByPath.get(file.path) ?? [] });
  }
  return { secrets, diagnostics };
}

/** The secret that a file holds, by its path. Null when it is not a secret; a text when something is wrong with it. */
export function findPlace({ config, formats }: Checkout, file: SnapshotFile): SecretPlace | null | string {
  const { path } = file;
  const layer = layerOf(config, path);
  const rest = path.slice(layer.length);
  const directory = config.layout.secrets.find((candidate) => rest.startsWith(`${candidate}/`));
  if (directory === undefined) return null;
  const secret = readSecretPath(rest.slice(directory.length + 1), file, formats);
  return secret === null || typeof secret === "string" ? secret : { ...secret, path, layer };
}

/** A file that does not exist yet. */
export function newFile(path: string): SnapshotFile {
  return { path, mode: "file", bytes: new Uint8Array(), blob: "" };
}

/** Whether a path names a file of secrets, by its ending. */
export function isSecretPath({ formats }: Pick<Checkout, "formats">, path: string): boolean {
  return formats.some(({ ending }) => path.endsWith(ending));
}

/** The path at which a layer keeps a new secret; the first of the layout's directories gets it. */
export function pathOfSecret({ config, formats }: Checkout, layer: LayerPrefix, reference: string): string {
  return `${layer}${config.layout.secrets[0] ?? "secrets"}/${reference}${formats[0].ending}`;
}

function groupHosts(snapshot: Snapshot, config: RepositoryConfig): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const host of listHosts(snapshot, config)) {
    for (const { path } of selectLayers(snapshot.files, config, host).secrets.values()) {
      hosts.set(path, [...(hosts.get(path) ?? []), host]);
    }
  }
  return hosts;
}

/** Layers, in their order, that define or extend a unit, or the template of an instance. */
export function findLayersOfUnit(
  snapshot: Snapshot,
  config: RepositoryConfig,
  unit: string,
): readonly LayerPrefix[] {
  const layers = new Set<LayerPrefix>();
  for (const path of snapshot.files.keys()) {
    const layer = layerOf(config, path);
    const rest = path.slice(layer.length);
    const relatives = config.layout.units.map((directory) => findUnitPath(directory, rest));
    if (relatives.some((relative) => relative !== null && definesUnit(relative, unit))) layers.add(layer);
  }
  return [...layers].sort();
}

/** Whether a path below units/ is a file of the unit, of its template, or of an instance of it, or a drop-in for one. */
function definesUnit(relative: string, unit: string): boolean {
  const templateOf = (name: string) => parseInstance(name)?.template ?? name;
  return relative
    .split("/")
    .slice(-2)
    .map((name) => name.replace(/\.d$/, ""))
    .some((owner) => owner === unit || (unit.includes("@") && templateOf(owner) === templateOf(unit)));
}

/** Whose keys a secret should be encrypted for, and the hosts that get it but have no key in gitops.yaml. */
export function listReaders(
  config: RepositoryConfig,
  hosts: readonly string[],
): { readonly readers: readonly Reader[]; readonly withoutKey: readonly string[] } {
  const readers: Reader[] = [];
  const withoutKey: string[] = [];
  for (const host of hosts) {
    const recipient = config.hosts.get(host)?.recipient;
    if (recipient === undefined) withoutKey.push(host);
    else readers.push({ who: host, recipient });
  }
  for (const recipient of config.admins) readers.push({ who: "admin", recipient });
  return { readers, withoutKey };
}
