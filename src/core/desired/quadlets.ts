/**
 * The quadlets of a host: the files of the repository, the links that make one of another one's text, and the instances that
 * gitops.yaml declares. podman's generator makes an instance that is enabled of a link only (podman-systemd.unit(5), "Template
 * files"). Pure.
 */
import type { Diagnostic } from "../model/errors.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { instantiate, isTemplateName, serviceOfQuadlet, typeOfUnit } from "../units/unit-name.ts";
import { repositoryConfigPath } from "./config-text.ts";
import { readTarget } from "./linked-unit.ts";
import type { PlacedFile, UnitLayer } from "./unit-layer.ts";

export interface Quadlet {
  /** The path below the quadlet directory of the host: `app/web.container`. */
  readonly relative: string;
  /** The file with its text: for a link, the one that the link points to. */
  readonly file: SnapshotFile;
  readonly link: QuadletLink | null;
}

export interface QuadletLink {
  /** The repository path of what asks for the link. */
  readonly origin: string;
  /** The path of the file below the quadlet directory of the host. */
  readonly target: string;
}

export type Quadlets = ReadonlyMap<string, Quadlet>;

/** @returns the quadlets by name, and a diagnostic for each link that leads to none */
export function resolveQuadlets(
  { quadletFiles, quadletLinks }: UnitLayer,
  config: RepositoryConfig,
): { readonly quadlets: Quadlets; readonly diagnostics: readonly Diagnostic[] } {
  const quadlets = new Map<string, Quadlet>();
  const diagnostics: Diagnostic[] = [];
  for (const [name, placed] of quadletFiles) quadlets.set(name, { ...placed, link: null });
  for (const [name, { relative, file }] of quadletLinks) {
    const written = readTarget(file);
    const target = written.slice(written.lastIndexOf("/") + 1);
    const placed = typeOfUnit(target) === typeOfUnit(name) ? quadletFiles.get(target) : undefined;
    if (placed === undefined) diagnostics.push(refuse(file.path, name, written));
    else quadlets.set(name, linkTo(placed, relative, file.path));
  }
  for (const [template, placed] of quadletFiles) {
    for (const instance of listInstancesByRule(template, config)) {
      const name = instantiate(template, instance);
      const relative = `${directoryOf(placed.relative)}${name}`;
      if (!quadlets.has(name)) quadlets.set(name, linkTo(placed, relative, repositoryConfigPath));
    }
  }
  return { quadlets, diagnostics };
}

function linkTo({ relative: target, file }: PlacedFile, relative: string, origin: string): Quadlet {
  return { relative, file, link: { origin, target } };
}

function listInstancesByRule(template: string, config: RepositoryConfig): readonly string[] {
  if (!isTemplateName(template)) return [];
  return config.units.get(serviceOfQuadlet(template))?.instances ?? [];
}

/** The directory of a path, with a slash at its end; empty for none. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function refuse(file: string, name: string, target: string): Diagnostic {
  const type = typeOfUnit(name);
  return {
    severity: "error",
    code: "not-a-unit",
    file,
    message: `points to ${JSON.stringify(target)}, which is no .${type} file of this repository`,
    hint: `a symlink declares an instance of a quadlet (x@a.${type} -> x@.${type}) or another quadlet with the same text`,
  };
}
