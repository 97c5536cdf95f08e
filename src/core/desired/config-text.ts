/** Finds the repository's configuration, gitops.yaml, among its files. Must not read what it says. Pure. */
import type { Diagnostic } from "../model/errors.ts";
import type { SnapshotFile } from "../model/snapshot.ts";

export const repositoryConfigPath = "gitops.yaml";
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
