/**
 * Chooses what one host gets of a repository: top level, then its roles in order, then the host itself; a later layer
 * replaces the same relative path (drop-ins of one name, too). Pure.
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

/** The hosts that gitops.yaml lists, that have a directory, or a symlink where one is expected; sorted. */
export function listHosts({ files }: Snapshot, config: RepositoryConfig): readonly string[] {
  const directories = [...files.values()].flatMap(
    ({ path, mode }) => (mode === "symlink" ? /^hosts\/([^/]+)/ : /^hosts\/([^/]+)\//).exec(path)?.[1] ?? [],
  );
  return [...new Set([...config.hosts.keys(), ...directories])].sort();
}

/** Repository directories that can hold something for `host`, in the order of layers. */
export function listLayerPrefixes(config: RepositoryConfig, host: string): readonly string[] {
  const roles = config.hosts.get(host)?.roles ?? [];
  return ["", ...roles.map((role) => `roles/${role}/`), `hosts/${host}/`];
}

/**
 * Whether a repository path can matter to `host`: others need not even be read. A path that leads to one of its directories
 * matters too: where git has something else than a directory there, a whole layer is missing.
 */
export function isWantedPath(config: RepositoryConfig, host: string, path: string): boolean {
  return listLayerPrefixes(config, host).some((prefix) =>
    path.startsWith(prefix) ? isLayoutPath(config, path.slice(prefix.length)) : prefix.startsWith(`${path}/`),
  );
}

/** Whether a path within one layer lies in a directory of the layout, or leads to one. */
export function isLayoutPath({ layout }: RepositoryConfig, path: string): boolean {
  return [...layout.units, ...layout.files, ...layout.secrets].some(
    (directory) => path.startsWith(`${directory}/`) || `${directory}/`.startsWith(`${path}/`),
  );
}

/** Symlinks that stand where the host's layers have a directory: git does not follow them, so what they promise is nowhere. */
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

/** Whether a path has to be read before anything else, because it is the repository's configuration or pretends to be. */
export function isConfigPath(path: string): boolean {
  return path === repositoryConfigPath || path === misnamedConfigPath;
}

/** The text of gitops.yaml, empty without one; and what keeps it from being read. */
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
