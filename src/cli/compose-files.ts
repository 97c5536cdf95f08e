/** Files as commands read them without an agent: a repository on disk, and single files of the host. */
import { lstat, readlink } from "node:fs/promises";
import { parseRepositoryConfig } from "../config/repository-config.ts";
import { mayBeUnit } from "../core/check/suggest.ts";
import { isConfigPath, repositoryConfigPath, selectConfigText } from "../core/desired/config-text.ts";
import { isLayoutPath, layerOf } from "../core/desired/layers.ts";
import type { Diagnostic } from "../core/model/errors.ts";
import type { RepositoryConfig } from "../core/model/rules.ts";
import type { Snapshot } from "../core/model/snapshot.ts";
import { readBoundedFile } from "../lib/bounded-file.ts";
import { errnoOf } from "../lib/system-error.ts";
import { readWorkTree } from "../source/work-tree.ts";

const maxTextBytes = 1024 * 1024;

/** A file of the host as `diff` shows it: text, `-> target` for a link, empty for nothing; null when it is not text. */
export async function readHostText(file: string): Promise<string | null> {
  try {
    const stats = await lstat(file);
    if (stats.isSymbolicLink()) return `-> ${await readlink(file)}\n`;
    const { bytes } = await readBoundedFile(file, { limitBytes: maxTextBytes, symlink: "refuse" });
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? "" : null;
  }
}

/** What is at a path of the host, for a patch: the bytes of a file, or the target of a link as bytes. */
export type HostContent =
  | { readonly kind: "file" | "link"; readonly bytes: Uint8Array }
  | { readonly kind: "nothing-readable" };

export async function readHostContent(file: string): Promise<HostContent> {
  try {
    const stats = await lstat(file);
    if (stats.isSymbolicLink()) return { kind: "link", bytes: Buffer.from(await readlink(file)) };
    const { bytes } = await readBoundedFile(file, { limitBytes: maxTextBytes, symlink: "refuse" });
    return { kind: "file", bytes };
  } catch {
    return { kind: "nothing-readable" };
  }
}

export interface RepositoryOnDisk {
  readonly snapshot: Snapshot;
  readonly config: RepositoryConfig | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** @throws AgentError `repository-invalid` */
export async function readUnitsOnDisk(directory: string): Promise<Snapshot> {
  return await readWorkTree(directory, mayBeUnit);
}

/**
 * @param adapt what to do with the configuration before it says which files are read
 * @throws AgentError `repository-invalid`
 */
export async function readRepositoryOnDisk(
  directory: string,
  adapt: (config: RepositoryConfig) => RepositoryConfig = (config) => config,
): Promise<RepositoryOnDisk> {
  const top = await readWorkTree(directory, isConfigPath);
  const found = selectConfigText(top.files);
  const parsed = parseRepositoryConfig(found.text, repositoryConfigPath);
  const diagnostics = [...found.diagnostics, ...parsed.diagnostics];
  if (parsed.config === null) return { snapshot: top, config: null, diagnostics };
  const config = adapt(parsed.config);
  const snapshot = await readWorkTree(directory, (file) => mayMatterToAnyHost(config, file));
  return { snapshot, config, diagnostics };
}

function mayMatterToAnyHost(config: RepositoryConfig, file: string): boolean {
  return (
    /^(?:roles|hosts)(?:\/[^/]+)?$/.test(file) ||
    isLayoutPath(config, file.slice(layerOf(config, file).length))
  );
}
