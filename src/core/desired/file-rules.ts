/** Resolves the rules of gitops.yaml for managed files: all matching keys are merged, the more specific key wins. Pure. */

import type { Hook } from "../model/hook.ts";
import type { FileRules, RepositoryConfig } from "../model/rules.ts";
import { countLiterals, hasWildcard, matchesGlob } from "../units/glob.ts";
import { mergeDrift } from "./drift-rules.ts";

/** Whether a key of `files:`, a path or a pattern, is for this path. `*` does not match a slash, as in glob(7). */
export function isKeyFor(key: string, path: string): boolean {
  if (key === path) return true;
  return hasWildcard(key) && matchesGlob(key, path) && countSlashes(key) === countSlashes(path);
}

/**
 * The configuration with the rules of each managed file at its own path instead of at patterns. Keys without a wildcard stay,
 * also for files that do not exist.
 * @param paths of the managed files of the host
 */
export function resolveFileRules(config: RepositoryConfig, paths: Iterable<string>): RepositoryConfig {
  const patterns = [...config.files.keys()]
    .filter(hasWildcard)
    .sort((left, right) => countLiterals(left) - countLiterals(right));
  if (patterns.length === 0) return config;
  const files = new Map([...config.files].filter(([key]) => !hasWildcard(key)));
  for (const path of paths) {
    const keys = patterns.filter((key) => key !== path && isKeyFor(key, path));
    const own = config.files.get(path);
    if (keys.length === 0 && own === undefined) continue;
    files.set(path, [...keys.map((key) => config.files.get(key)), own].reduce<FileRules>(mergeRules, {}));
  }
  return { ...config, files };
}

function mergeRules(general: FileRules, specific: FileRules = {}): FileRules {
  const drift = mergeDrift(general.drift, specific.drift);
  return { ...general, ...specific, ...(drift === undefined ? {} : { drift }) };
}

function countSlashes(path: string): number {
  return path.split("/").length;
}

/** The hooks that the rules of a file name, in the order in which they are carried out. */
export function listHooks({ run = [], reloads = [], restarts = [] }: FileRules): readonly Hook[] {
  return [
    ...run.map((command): Hook => ({ verb: "run", command })),
    ...restarts.map((unit): Hook => ({ verb: "restart", unit })),
    ...reloads.map((unit): Hook => ({ verb: "reload", unit })),
  ];
}
