/**
 * Where secrets lie in a repository, which hosts get each, and whose keys it should be encrypted for. Pure; knows
 * names and keys, never a plaintext.
 */
import { parseSecretPath } from "../../core/desired/build-desired.ts";
import { selectLayers } from "../../core/desired/layers.ts";
import type { Diagnostic } from "../../core/model/errors.ts";
import type { RepositoryConfig } from "../../core/model/rules.ts";
import type { Snapshot, SnapshotFile } from "../../core/model/snapshot.ts";
import { isQuadletName, parseInstance } from "../../core/units/unit-name.ts";
import { isEnvironmentPath } from "../formats/limits.ts";

/** Prefix of a layer in the repository: "" for the top, `roles/media/`, `hosts/media-1/`. */
export type LayerPrefix = string;

export interface SecretName {
  readonly unit: string;
  /** For environment files with `.env` at the end. */
  readonly name: string;
  readonly kind: "credential" | "environment";
}

export interface SecretPlace extends SecretName {
  /** Path in the repository. */
  readonly path: string;
  readonly layer: LayerPrefix;
}

export interface SecretEntry extends SecretPlace {
  readonly file: SnapshotFile;
  /** Hosts for which this file counts, since no later layer replaces it. */
  readonly hosts: readonly string[];
}

/** Somebody who shall be able to decrypt a secret. */
export interface Reader {
  readonly who: string;
  readonly recipient: string;
}

/** The hosts that gitops.yaml lists or that have a directory, sorted. */
export function listHosts({ files }: Snapshot, config: RepositoryConfig): readonly string[] {
  const directories = [...files.keys()].flatMap((path) => /^hosts\/([^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set([...config.hosts.keys(), ...directories])].sort();
}

/** Whether a layer is one of a host's. */
export function isLayerOf(config: RepositoryConfig, host: string, layer: LayerPrefix): boolean {
  if (layer === "" || layer === `hosts/${host}/`) return true;
  return (config.hosts.get(host)?.roles ?? []).some((role) => layer === `roles/${role}/`);
}

/** Every secret, sorted by path, and the files below secrets/ that are none. */
export function listSecrets(
  snapshot: Snapshot,
  config: RepositoryConfig,
): { readonly secrets: readonly SecretEntry[]; readonly diagnostics: readonly Diagnostic[] } {
  const secrets: SecretEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  const hostsByPath = groupHosts(snapshot, config);
  for (const file of [...snapshot.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const place = parsePlace(file.path, config);
    if (place === null) continue;
    if (typeof place !== "string") {
      secrets.push({ ...place, file, hosts: hostsByPath.get(file.path) ?? [] });
    } else {
      const hint = "secrets live at secrets/UNIT/NAME.age";
      diagnostics.push({ severity: "error", code: "not-a-secret", file: file.path, message: place, hint });
    }
  }
  return { secrets, diagnostics };
}

/** What a repository path is as a secret; null for none, a text for what is wrong with it. */
export function parsePlace(path: string, config: RepositoryConfig): SecretPlace | null | string {
  const layer = /^(?:roles|hosts)\/[^/]+\//.exec(path)?.[0] ?? "";
  const rest = path.slice(layer.length);
  const directory = config.layout.secrets.find((candidate) => rest.startsWith(`${candidate}/`));
  if (directory === undefined) return null;
  const parsed = parseRelative(rest.slice(directory.length + 1));
  if (parsed === null || typeof parsed === "string") return parsed;
  return { ...parsed, path, layer };
}

/** `web.service/db-password.age` or `web.service/app.env.age`. */
function parseRelative(relative: string): SecretName | null | string {
  const isEnvironment = isEnvironmentPath(relative);
  const parsed = parseSecretPath(isEnvironment ? `${relative.slice(0, -".env.age".length)}.age` : relative);
  if (parsed === "ignored") return null;
  if (typeof parsed === "string") return parsed;
  const { unit, name } = parsed;
  if (isEnvironment && isQuadletName(unit)) {
    return "would be written to disk: podman keeps the environment of a container in its database; use a credential";
  }
  return isEnvironment
    ? { unit, name: `${name}.env`, kind: "environment" }
    : { unit, name, kind: "credential" };
}

/** The path at which a layer keeps a secret; the first of the layout's directories gets new ones. */
export function pathOfSecret(config: RepositoryConfig, layer: LayerPrefix, reference: string): string {
  return `${layer}${config.layout.secrets[0] ?? "secrets"}/${reference}.age`;
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
    const layer = /^(?:roles|hosts)\/[^/]+\//.exec(path)?.[0] ?? "";
    const rest = path.slice(layer.length);
    const directory = config.layout.units.find((candidate) => rest.startsWith(`${candidate}/`));
    if (directory !== undefined && definesUnit(rest.slice(directory.length + 1), unit)) layers.add(layer);
  }
  return [...layers].sort();
}

/** Whether a path below units/ is a file of the unit, of its template, or of an instance of it, or a drop-in for one. */
function definesUnit(relative: string, unit: string): boolean {
  const owner = (relative.split("/")[0] ?? "").replace(/\.d$/, "");
  const templateOf = (name: string) => parseInstance(name)?.template ?? name;
  return owner === unit || (unit.includes("@") && templateOf(owner) === templateOf(unit));
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
