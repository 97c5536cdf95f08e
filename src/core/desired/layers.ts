/**
 * Chooses the files that one host gets from a repository: the top level, then its roles in order, then the host's own
 * directory. A file of a later layer replaces a file with the same relative path, also a drop-in. Pure.
 */
import type { Diagnostic } from "../model/errors.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import type { Snapshot, SnapshotFile } from "../model/snapshot.ts";

export interface Layers {
  /** Path below units/ → file: `web.service`, `web.service.d/50-limits.conf`. */
  readonly units: ReadonlyMap<string, SnapshotFile>;
  /** Absolute path on the host → file. */
  readonly files: ReadonlyMap<string, SnapshotFile>;
  /** Path below secrets/ → file: `web.service/db-password.age`. */
  readonly secrets: ReadonlyMap<string, SnapshotFile>;
}

export const repositoryConfigPath = "gitops.yaml";

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
  return ["", ...roles.map((role) => `roles/${role}/`), `hosts/${host}/`];
}

/**
 * Whether a repository path can matter to `host`; other paths are not read. The parents of its directories matter too:
 * if one of them is not a directory in git, a whole layer is missing.
 */
export function isWantedPath(config: RepositoryConfig, host: string, path: string): boolean {
  return listLayerPrefixes(config, host).some((prefix) =>
    path.startsWith(prefix) ? isLayoutPath(config, path.slice(prefix.length)) : prefix.startsWith(`${path}/`),
  );
}

/** Whether a path within one layer is below a directory of the layout, or is such a directory or a parent of it. */
export function isLayoutPath({ layout }: RepositoryConfig, path: string): boolean {
  return [...layout.units, ...layout.files, ...layout.secrets].some(
    (directory) => path.startsWith(`${directory}/`) || `${directory}/`.startsWith(`${path}/`),
  );
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
    [...units, ...plain, ...secrets].map((directory) => `${prefix}${directory}/`),
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

const misnamedConfigPath = "gitops.yml";

/**
 * Whether a path must be read before all others: the repository's configuration, also under the wrong name gitops.yml.
 */
export function isConfigPath(path: string): boolean {
  return path === repositoryConfigPath || path === misnamedConfigPath;
}

/** The text of gitops.yaml, empty when there is none; and an error when it is a symlink or has the wrong name. */
export function selectConfigText(files: ReadonlyMap<string, SnapshotFile>): {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
} {
  const file = files.get(repositoryConfigPath);
  const refuse = (path: string, message: string, hint: string): Diagnostic[] => [
    { severity: "error", code: "misplaced-config", file: path, message, hint },
  ];
  const misnamed = files.has(misnamedConfigPath)
    ? refuse(misnamedConfigPath, "is not read", `its name has to be ${repositoryConfigPath}`)
    : [];
  if (file?.mode === "symlink") {
    const linked = refuse(file.path, "is a symlink, which is not followed", "commit the file itself");
    return { text: "", diagnostics: [...misnamed, ...linked] };
  }
  return { text: new TextDecoder().decode(file?.bytes ?? new Uint8Array()), diagnostics: misnamed };
}

export function selectLayers(
  files: ReadonlyMap<string, SnapshotFile>,
  config: RepositoryConfig,
  host: string,
): Layers {
  const prefixes = listLayerPrefixes(config, host);
  const collect = (directories: readonly string[], nameOf: (relative: string) => string) => {
    const found = new Map<string, SnapshotFile>();
    for (const prefix of prefixes) {
      for (const directory of directories) {
        for (const file of files.values()) {
          const start = `${prefix}${directory}/`;
          if (file.path.startsWith(start)) found.set(nameOf(file.path.slice(start.length)), file);
        }
      }
    }
    return found;
  };
  return {
    units: collect(config.layout.units, (relative) => relative),
    files: collect(config.layout.files, (relative) => `/${relative}`),
    secrets: collect(config.layout.secrets, (relative) => relative),
  };
}
