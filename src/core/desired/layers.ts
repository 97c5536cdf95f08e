/**
 * Chooses the files that one host gets from a repository: the top level, then its roles in order, then the host's own
 * directory. A file of a later layer replaces a file with the same relative path, also a drop-in. Pure.
 */
import type { Diagnostic } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import type { Snapshot, SnapshotFile } from "../model/snapshot.ts";
import { isQuadletName } from "../units/unit-name.ts";
import { isConfigPath } from "./config-text.ts";
import { findPath, findUnitPath, isLayoutParent, isPattern } from "./layout-paths.ts";
import { readTarget, resolveLink, type UnitPaths } from "./linked-unit.ts";
import { isForeignFormat } from "./passed-over.ts";

export interface Layers {
  /** Path below units/ → file: `web.service`, `web.service.d/50-limits.conf`. */
  readonly units: ReadonlyMap<string, SnapshotFile>;
  /** Where the unit files lie in the repository, also those that a later layer replaces. */
  readonly unitPaths: UnitPaths;
  /** Absolute path on the host → file. */
  readonly files: ReadonlyMap<string, SnapshotFile>;
  /** Path below secrets/ → file: `web.service/db-password.age`. */
  readonly secrets: ReadonlyMap<string, SnapshotFile>;
}

/**
 * All hosts, sorted: those that gitops.yaml lists, and those with a directory, or a symlink instead of it, below
 * hosts/.
 */
export function listHosts({ files }: Snapshot, config: RepositoryConfig): readonly string[] {
  const directories = [...files.values()].flatMap(
    ({ path, mode }) => (mode === "symlink" ? /^hosts\/([^/]+)/ : /^hosts\/([^/]+)\//).exec(path)?.[1] ?? [],
  );
  return [...new Set([...config.hosts.keys(), ...directories])].sort();
}

/** The prefixes of the host's layers, in their order; `` for the top level. */
export function listLayerPrefixes(config: RepositoryConfig, host: string): readonly string[] {
  const roles = config.hosts.get(host)?.roles ?? [];
  return ["", ...roles.map((role) => `roles/${role}/`), hostPrefix(config, host)];
}

/** The directory of the host's own layer, with a slash at its end. */
export function hostPrefix(config: RepositoryConfig, host: string): string {
  return `${config.hosts.get(host)?.directory ?? `hosts/${host}`}/`;
}

/** The prefix of the layer that a repository path is in; `` for the top level. */
export function layerOf(config: RepositoryConfig, path: string): string {
  for (const { directory } of config.hosts.values()) {
    if (directory !== undefined && path.startsWith(`${directory}/`)) return `${directory}/`;
  }
  return /^(?:roles|hosts)\/[^/]+\//.exec(path)?.[0] ?? "";
}

/**
 * Whether a repository path can matter to `host`; other paths are not read. The parents of its directories matter too:
 * if one of them is not a directory in git, a whole layer is missing.
 */
export function isWantedPath(config: RepositoryConfig, host: string, path: string): boolean {
  const layer = layerOf(config, path);
  return listLayerPrefixes(config, host).some((prefix) =>
    prefix === layer ? isLayoutPath(config, path.slice(prefix.length)) : prefix.startsWith(`${path}/`),
  );
}

/** Whether a path within one layer is below a directory of the layout, or is such a directory or a parent of it. */
export function isLayoutPath({ layout }: RepositoryConfig, path: string): boolean {
  const directories = [...layout.units, ...layout.files, ...layout.secrets];
  return directories.some((directory) => isLayoutParent(directory, path)) || placePath(layout, path) !== null;
}

interface Placed {
  readonly kind: "units" | "files" | "secrets";
  /** Which of the directories of this kind; a later one wins over an earlier one. */
  readonly index: number;
  /** The path below the directory. */
  readonly relative: string;
}

/**
 * Where a path within one layer belongs; null when it is in no directory of the layout. Patterns may match the same path:
 * then secrets win over units, and units over files, since a secret must never be placed as a plain file.
 */
function placePath(layout: RepositoryConfig["layout"], path: string): Placed | null {
  for (const kind of ["secrets", "units", "files"] as const) {
    const find = kind === "units" ? findUnitPath : findPath;
    for (const [index, directory] of layout[kind].entries()) {
      const relative = find(directory, path);
      if (relative !== null) return { kind, index, relative };
    }
  }
  return null;
}

/**
 * Finds symlinks in place of a layer's directory. git does not follow them, so the files behind them would be missing.
 */
export function findLinkedLayers(
  files: ReadonlyMap<string, SnapshotFile>,
  config: RepositoryConfig,
  host: string,
): readonly Diagnostic[] {
  const { units, files: plain, secrets } = config.layout;
  const directories = listLayerPrefixes(config, host).flatMap((prefix) =>
    [...units, ...plain, ...secrets]
      .filter((directory) => !isPattern(directory))
      .map((directory) => `${prefix}${directory}/`),
  );
  return [...files.values()]
    .filter(({ mode, path }) => mode === "symlink" && directories.some((one) => one.startsWith(`${path}/`)))
    .map(({ path }) => ({
      severity: "error",
      code: "linked-layer",
      file: path,
      message: "is a symlink where a directory is expected: what lies behind it would be left out",
      hint: "commit the directory itself; what several hosts share belongs into a role",
    }));
}

interface Ranked extends Placed {
  readonly file: SnapshotFile;
  /** Which of the host's layers the file is in. */
  readonly rank: number;
}

/** The files that the host gets, those of a later layer or directory last. */
function rankFiles(
  files: ReadonlyMap<string, SnapshotFile>,
  config: RepositoryConfig,
  host: string,
): readonly Ranked[] {
  const prefixes = listLayerPrefixes(config, host);
  const ranked = [...files.values()].flatMap((file): Ranked[] => {
    if (isConfigPath(file.path)) return [];
    const layer = layerOf(config, file.path);
    const rank = prefixes.indexOf(layer);
    const placed = rank < 0 ? null : placePath(config.layout, file.path.slice(layer.length));
    return placed === null ? [] : [{ file, rank, ...placed }];
  });
  return dropSameLinks(ranked).sort((left, right) => left.rank - right.rank || left.index - right.index);
}

/** Without the links to a file of the host that goes to the same place: they say once more what that file says. */
function dropSameLinks(ranked: readonly Ranked[]): Ranked[] {
  const places = new Map(ranked.map(({ file, kind, relative }) => [file.path, `${kind} ${relative}`]));
  return ranked.filter(({ file, kind, relative }) => {
    if (file.mode !== "symlink") return true;
    const target = resolveLink(file.path, readTarget(file)) ?? file.path;
    return target === file.path || places.get(target) !== `${kind} ${relative}`;
  });
}

export function selectLayers(
  files: ReadonlyMap<string, SnapshotFile>,
  config: RepositoryConfig,
  host: string,
): Layers {
  const ranked = rankFiles(files, config, host);
  const select = (wanted: Placed["kind"]) => ranked.filter(({ kind }) => kind === wanted);
  const collect = (found: readonly Ranked[], start: string) => {
    const last = new Map(found.map((placed) => [identityOf(placed), placed] as const));
    return new Map([...last.values()].map(({ relative, file }) => [`${start}${relative}`, file] as const));
  };
  const units = select("units");
  return {
    units: collect(units, ""),
    unitPaths: new Map(units.map(({ file, relative }) => [file.path, relative])),
    files: collect(select("files"), "/"),
    secrets: collect(select("secrets"), ""),
  };
}

/**
 * What a host can have only once: a path, or the name of a quadlet, whatever directory it lies in, because its service is
 * named after it.
 */
function identityOf({ kind, relative, file }: Ranked): string {
  const name = relative.slice(relative.lastIndexOf("/") + 1);
  const isQuadlet = kind === "units" && isQuadletName(name) && !isForeignFormat(file.bytes);
  return isQuadlet ? name : relative;
}

/** Finds units of the same name in two directories that one pattern matches: nothing says which of them counts. */
export function findTwins(
  files: ReadonlyMap<string, SnapshotFile>,
  config: RepositoryConfig,
  host: string,
): readonly Diagnostic[] {
  const seen = new Map<string, string>();
  return rankFiles(files, config, host).flatMap((ranked): Diagnostic[] => {
    const { kind, rank, index, file } = ranked;
    const identity = identityOf(ranked);
    const key = `${kind} ${rank} ${index} ${identity}`;
    const twin = seen.get(key);
    seen.set(key, file.path);
    if (twin === undefined || kind !== "units") return [];
    return [
      {
        severity: "error",
        code: "unit-twice",
        file: file.path,
        message: `is also at ${twin}, and the host can have only one ${identity}`,
        hint: "remove one of them, or name the directories one by one in layout: the later one counts",
      },
    ];
  });
}

/**
 * Moves what `files` would place among the units of systemd or the quadlets of podman to the units: a repository may hold the
 * tree of a host as it is.
 */
export function splitHostTree(layers: Layers, { unitDirectory, quadletDirectory }: HostLayout): Layers {
  const units = new Map(layers.units);
  const unitPaths = new Map(layers.unitPaths);
  const files = new Map(layers.files);
  for (const [path, file] of layers.files) {
    const parent = [unitDirectory, quadletDirectory].find((directory) => path.startsWith(`${directory}/`));
    // Quadlets of users (podman-systemd.unit(5)) are no units of the system.
    if (parent === undefined || path.startsWith(`${quadletDirectory}/users/`)) continue;
    const relative = path.slice(parent.length + 1);
    units.set(relative, file);
    unitPaths.set(file.path, relative);
    files.delete(path);
  }
  return { ...layers, units, unitPaths, files };
}
