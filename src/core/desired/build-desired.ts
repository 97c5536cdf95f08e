/**
 * Builds the desired state of one host from a snapshot: all its files, and all its units with their effective
 * definitions. Pure; reports all mistakes at once and guesses nothing.
 */

import type { Desired, DesiredUnit, FileEntry, HostFile } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import type { SecretFormat } from "../model/secret-format.ts";
import type { Snapshot, SnapshotFile } from "../model/snapshot.ts";
import {
  isQuadletDropInDirectory,
  isQuadletName,
  parseInstance,
  serviceOfQuadlet,
} from "../units/unit-name.ts";
import { type BuildMemo, emptyBuildMemo, nextBuildMemo } from "./build-memo.ts";
import { buildUnits, recallRules } from "./build-units.ts";
import { groupByUnit } from "./credential-drop-in.ts";
import { buildCredentialFiles, buildCredentials } from "./credential-files.ts";
import { limitDiagnostics } from "./diagnostic-limit.ts";
import { resolveDriftRules } from "./drift-table.ts";
import { buildEnablementLinks, isEnabled } from "./enablement.ts";
import { resolveFileRules } from "./file-rules.ts";
import { buildForeignLinks, findNotEnabled, type HostUnits, listForeignUnits } from "./foreign-enablement.ts";
import { findLinkedLayers, findTwins, type Layers, layerOf, selectLayers, splitHostTree } from "./layers.ts";
import { readTarget } from "./linked-unit.ts";
import { buildManagedFiles, listManagedDigests } from "./managed-file.ts";
import { findLongNames } from "./name-length.ts";
import { listQuadletData, refuseLinks, selectMentioned } from "./quadlet-data.ts";
import { type Quadlets, resolveQuadlets } from "./quadlets.ts";
import { buildRepositoryLinks } from "./repository-links.ts";
import { readSecretFiles } from "./secret-files.ts";
import { sortUnitLayer, type UnitLayer } from "./unit-layer.ts";

export interface DesiredInput {
  readonly snapshot: Snapshot;
  readonly config: RepositoryConfig;
  readonly host: string;
  readonly layout: HostLayout;
  /** The supported formats of secret files. */
  readonly formats: readonly SecretFormat[];
  /** `credentialKey` → digest and cache key of the plaintext. Empty when nothing was decrypted, as in `check`. */
  readonly secrets: ReadonlyMap<string, { readonly digest: string; readonly cacheKey: string }>;
  readonly digestBytes: (bytes: Uint8Array) => string;
  /** The host's own files of units that gitops.yaml enables, and of those that are enabled with them. */
  readonly hostUnits: HostUnits;
}

export interface DesiredResult {
  /** Usable only when no diagnostic is an error. */
  readonly desired: Desired;
  readonly diagnostics: readonly Diagnostic[];
  /** For the next build. */
  readonly memo: BuildMemo;
}

/** @param memo of the build before, of any revision of the same host; it changes nothing of the result */
export function buildDesired(given: DesiredInput, memo: BuildMemo = emptyBuildMemo()): DesiredResult {
  const digestBytes = (bytes: Uint8Array) => memo.derived.of(bytes, given.digestBytes);
  const selected = selectLayers(given.snapshot.files, given.config, given.host);
  const layers = splitHostTree(selected, given.layout);
  const input = { ...given, config: resolveFileRules(given.config, layers.files.keys()), digestBytes };
  const { config, layout } = input;
  const layer = sortUnitLayer(layers.units, layout, layers.unitPaths);
  const { quadlets, ...ofQuadlets } = resolveQuadlets(layer, config);
  const repositoryLinks = buildRepositoryLinks(layer, layout);
  const managed = buildManagedFiles(dropKeepers(layers.files), config.files, layout, digestBytes);
  const quadletData = listQuadletData(layer, quadlets, layout.quadletDirectory);
  const secrets = readSecretFiles(layers.secrets, input.formats);
  const credentials = buildCredentials(secrets.files, input.secrets);
  const files = collectRepositoryFiles(layer, quadlets, input);
  for (const entry of managed.entries) files.set(entry.path, entry);
  const credentialsByUnit = groupByUnit(credentials);
  const credentialFiles = buildCredentialFiles({
    byUnit: credentialsByUnit,
    layer,
    quadlets,
    layout,
    digestBytes,
  });
  for (const entry of credentialFiles.entries) files.set(entry.path, entry);
  const isOwn = (name: string) => isInLayer(name, layer);
  const foreign = listForeignUnits(config, input.hostUnits, isOwn);
  const ofQuadletData = [...quadletData].map(([path, { bytes }]) => [path, digestBytes(bytes)] as const);
  const unitsInput = {
    layer,
    quadlets,
    foreign,
    config,
    layout,
    managedDigests: new Map([...ofQuadletData, ...listManagedDigests(managed.entries, digestBytes)]),
    credentialsByUnit,
    credentialFiles: credentialFiles.entries,
  };
  const built = buildUnits(unitsInput, memo);
  const mentionedData = selectMentioned(quadletData, built.units);
  const beside = buildManagedFiles(mentionedData, config.files, layout, digestBytes);
  for (const entry of beside.entries) files.set(entry.path, entry);
  for (const link of buildLinks(built.units, layer, input.layout.unitDirectory)) files.set(link.path, link);
  // After those of [Install]: a link of the repository may be written otherwise.
  for (const link of repositoryLinks.entries) files.set(link.path, link);
  for (const link of buildForeignLinks(foreign, built.units, input.layout.unitDirectory))
    if (!files.has(link.path)) files.set(link.path, link);
  for (const file of files.values()) {
    if (mayAdopt(file, config, memo)) files.set(file.path, { ...file, adopt: true });
  }
  return {
    desired: {
      revision: input.snapshot.revision,
      host: input.host,
      layout: input.layout,
      files,
      units: built.units,
      credentials,
      passedOver: listPassedOver(layer, mentionedData),
      defaultHealth: input.config.defaults.health,
      driftRules: resolveDriftRules(config, built.units, files, (name) => recallRules(memo, config, name)),
      derived: memo.derived,
    },
    // Beyond a limit not everything was looked for.
    memo: built.isComplete ? nextBuildMemo(memo) : emptyBuildMemo(),
    diagnostics: limitDiagnostics([
      ...findLinkedLayers(input.snapshot.files, input.config, input.host),
      ...findTwins(input.snapshot.files, input.config, input.host),
      ...layer.diagnostics,
      ...repositoryLinks.diagnostics,
      ...ofQuadlets.diagnostics,
      ...managed.diagnostics,
      ...beside.diagnostics,
      ...refuseLinks(mentionedData),
      ...secrets.diagnostics,
      ...credentialFiles.diagnostics,
      ...built.diagnostics,
      ...findNotEnabled(
        input.config,
        input.hostUnits,
        (name) => built.units.get(name)?.owned === true || isOwn(name),
      ),
      ...findLongNames({ units: built.units, files }),
      ...checkHost(input.config, input.host, layers),
    ]),
  };
}

/** Whether git has the unit, its template, or a mask or an alias of its name. */
function isInLayer(name: string, { fragments, instances, aliases, masks }: UnitLayer): boolean {
  const template = parseInstance(name)?.template ?? name;
  return [fragments, instances, aliases, masks].some((named) => named.has(name) || named.has(template));
}

/** Files that only keep their directory in git. */
function dropKeepers(files: Layers["files"]): Layers["files"] {
  return new Map([...files].filter(([path]) => !/\/\.(gitkeep|gitignore)$/.test(path)));
}

function listPassedOver(layer: UnitLayer, placed: Layers["files"]): readonly string[] {
  const used = new Set([...placed.values()].map(({ path }) => path));
  return [...layer.others.values()]
    .map(({ path }) => path)
    .filter((path) => !used.has(path))
    .sort();
}

function mayAdopt({ path, unit }: HostFile, config: RepositoryConfig, memo: BuildMemo): boolean {
  if (unit === null) return config.files.get(path)?.adopt === true;
  const ruled = isQuadletName(unit) ? serviceOfQuadlet(unit) : unit;
  return recallRules(memo, config, ruled).adopt === true;
}

/** The repository's own unit files, byte for byte. */
function collectRepositoryFiles(
  layer: UnitLayer,
  quadlets: Quadlets,
  input: DesiredInput,
): Map<string, HostFile> {
  const files = new Map<string, HostFile>();
  const { unitDirectory, quadletDirectory } = input.layout;
  const add = (path: string, role: FileEntry["role"], unit: string, file: SnapshotFile) => {
    const base = { path, role, unit, origin: file.path };
    if (file.mode === "symlink") {
      const linkTarget = layer.linkTargets.get(unit) ?? readTarget(file);
      files.set(path, { ...base, kind: "link", linkTarget });
    } else {
      const digest = input.digestBytes(file.bytes);
      files.set(path, { ...base, kind: "file", bytes: file.bytes, digest, mode: 0o644 });
    }
  };
  for (const [name, file] of layer.fragments) add(`${unitDirectory}/${name}`, "fragment", name, file);
  for (const [name, { relative, file, link }] of quadlets) {
    const path = `${quadletDirectory}/${relative}`;
    if (link === null) add(path, "quadlet", name, file);
    else {
      const linkTarget = `${quadletDirectory}/${link.target}`;
      files.set(path, { path, role: "quadlet", unit: name, origin: link.origin, kind: "link", linkTarget });
    }
  }
  for (const [name, file] of layer.instances) add(`${unitDirectory}/${name}`, "instance", name, file);
  for (const [name, { file }] of layer.aliases) add(`${unitDirectory}/${name}`, "alias", name, file);
  for (const [name, file] of layer.masks) add(`${unitDirectory}/${name}`, "mask", name, file);
  for (const [directory, conf] of layer.dropIns) {
    const owner = directory.slice(0, -2);
    const parent = isQuadletDropInDirectory(directory) ? quadletDirectory : unitDirectory;
    for (const [name, file] of conf) add(`${parent}/${directory}/${name}`, "drop-in", owner, file);
  }
  return files;
}

function buildLinks(
  units: ReadonlyMap<string, DesiredUnit>,
  { fragments }: UnitLayer,
  unitDirectory: string,
): readonly HostFile[] {
  const fragmentOf = (name: string) => (fragments.has(name) ? name : (parseInstance(name)?.template ?? name));
  return [...units.values()]
    .filter((unit) => unit.owned && isEnabled(unit) && !unit.masked && unit.intent !== "stopped")
    .filter((unit) => unit.quadlet === null)
    .flatMap(({ name, definition: { settings }, origins: [origin = name] }) =>
      buildEnablementLinks({ name, settings, origin, fragment: fragmentOf(name) }, unitDirectory),
    );
}

const hostsInHint = 10;

/**
 * Warns when neither gitops.yaml nor a directory has the host's name: it is probably misspelt. The host gets the top
 * level only.
 */
function checkHost(config: RepositoryConfig, host: string, layers: Layers): readonly Diagnostic[] {
  const all = [...layers.units.values(), ...layers.files.values(), ...layers.secrets.values()];
  const known = config.hosts.has(host) || all.some((file) => layerOf(config, file.path) === `hosts/${host}/`);
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
