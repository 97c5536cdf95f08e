/**
 * Chooses what one host gets of a repository: top level, then its roles in order, then the host itself; a later layer
 * replaces the same relative path (drop-ins of one name, too). Pure.
 */
import type { RepositoryConfig, SnapshotFile } from "./state.ts";

export interface Layers {
  /** Path below units/ → file: `web.service`, `web.service.d/50-limits.conf`. */
  readonly units: ReadonlyMap<string, SnapshotFile>;
  /** Absolute path on the host → file. */
  readonly files: ReadonlyMap<string, SnapshotFile>;
  /** Path below secrets/ → file: `web.service/db-password.age`. */
  readonly secrets: ReadonlyMap<string, SnapshotFile>;
}

export const repositoryConfigPath = "gitops.yaml";

/** Repository directories that can hold something for `host`, in the order of layers. */
export function listLayerPrefixes(config: RepositoryConfig, host: string): readonly string[] {
  const roles = config.hosts.get(host)?.roles ?? [];
  return ["", ...roles.map((role) => `roles/${role}/`), `hosts/${host}/`];
}

/** Whether a repository path can matter to `host`: others need not even be read. */
export function isWantedPath(config: RepositoryConfig, host: string, path: string): boolean {
  const { units, files, secrets } = config.layout;
  return listLayerPrefixes(config, host).some((prefix) =>
    [...units, ...files, ...secrets].some((directory) => path.startsWith(`${prefix}${directory}/`)),
  );
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
