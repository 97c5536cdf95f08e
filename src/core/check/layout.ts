/**
 * Finds files and roles in places that no host reads: a typical mistake when a repository is set up for the first time.
 * Pure; only warns, because a host may really have nothing to do yet.
 */

import { repositoryConfigPath } from "../desired/config-text.ts";
import { listLayerPrefixes } from "../desired/layers.ts";
import type { Desired } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import { warn } from "./context.ts";
import { findNearestWord } from "./nearest.ts";

/** Warns when a revision has nothing for the host: "in sync" alone would hide that its units were not found. */
export function findEmptiness(
  { host, files, units }: Pick<Desired, "host" | "files" | "units">,
  config: RepositoryConfig,
): readonly Diagnostic[] {
  if (files.size > 0 || units.size > 0) return [];
  const { units: directories } = config.layout;
  const own = listLayerPrefixes(config, host).at(-1) ?? "";
  return [
    warn(
      "nothing-for-host",
      { file: `${directories[0] ?? ""}/` },
      `there is no unit and no file for ${host} in this repository`,
      `units are looked for in ${directories.join(", ")} at the top, in roles/ROLE/ and in ${own}; for other directories set in gitops.yaml: layout: { units: [DIRECTORY] } (gitops-agent check --suggest proposes them)`,
    ),
  ];
}

/**
 * Roles without a directory, and directories of roles that no host has. For `check` only, which has the whole
 * repository.
 * @param paths of files in the repository
 */
export function findRoleMistakes(config: RepositoryConfig, paths: Iterable<string>): readonly Diagnostic[] {
  const directories = new Set([...paths].flatMap((path) => /^roles\/([^/]+)/.exec(path)?.[1] ?? []));
  const listed = [...config.hosts].flatMap(([host, { roles }]) => roles.map((role) => ({ host, role })));
  const missing = listed
    .filter(({ role }) => !directories.has(role))
    .map(({ host, role }) => ({ host, role, nearest: findNearestWord(role, directories) }));
  // A directory that is already suggested for a misspelt role is not reported a second time.
  const known = new Set([...listed.map(({ role }) => role), ...missing.map(({ nearest }) => nearest)]);
  const withoutDirectory = missing.map(({ host, role, nearest }) =>
    warn(
      "role-without-directory",
      { file: repositoryConfigPath },
      `hosts: ${host} has the role ${role}, but there is no directory roles/${role}`,
      nearest === null ? undefined : `did you mean ${nearest}?`,
    ),
  );
  const withoutHost = [...directories]
    .filter((role) => !known.has(role))
    .map((role) =>
      warn(
        "role-without-host",
        { file: `roles/${role}` },
        "no host has this role, so nobody gets what is in it",
        `give it to a host in gitops.yaml: hosts: { NAME: { roles: [${role}] } }`,
      ),
    );
  return [...withoutDirectory, ...withoutHost];
}
