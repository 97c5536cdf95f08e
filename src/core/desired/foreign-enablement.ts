/**
 * Enables units that git has no file of, by `enabled: true` in gitops.yaml: the links are those that `systemctl enable` makes from
 * the file on the host. Pure.
 */
import type { DesiredUnit, LinkEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { listWords, mergeSettings, type Settings } from "../units/definition.ts";
import { isTemplateName, isUnitName } from "../units/unit-name.ts";
import { repositoryConfigPath } from "./config-text.ts";
import { buildEnablementLinks, listInstallTargets } from "./enablement.ts";
import { findDefaultInstance } from "./implied-instances.ts";

/** Name of a unit → its file on the host, whose path is absolute there. Null where the host cannot be asked. */
export type HostUnits = ReadonlyMap<string, SnapshotFile> | null;

export interface ForeignUnit {
  /** For a template its default instance. */
  readonly name: string;
  /** The file on the host; null when it is not known. */
  readonly file: SnapshotFile | null;
  readonly install: Settings;
}

/** The units that gitops.yaml enables by their own name. */
export function listEnabledNames({ units }: Pick<RepositoryConfig, "units">): readonly string[] {
  return [...units].flatMap(([name, { enabled, state }]) =>
    enabled === true && state !== "stopped" && isUnitName(name) ? [name] : [],
  );
}

/** The other units that are enabled together with one (systemd.unit(5), Also=). */
export function listAlso({ bytes, path }: SnapshotFile): readonly string[] {
  const settings = readInstall({ bytes, path });
  return listWords(settings, "Install.Also").filter(isUnitName);
}

/** @param isOwn whether git has the unit or its template; then its own [Install] section counts */
export function listForeignUnits(
  config: RepositoryConfig,
  host: HostUnits,
  isOwn: (name: string) => boolean,
): readonly ForeignUnit[] {
  const names = new Set([...listEnabledNames(config), ...(host?.keys() ?? [])]);
  return [...names].flatMap((given): readonly ForeignUnit[] => {
    if (isOwn(given)) return [];
    const file = host?.get(given) ?? null;
    const install = file === null ? {} : readInstall(file);
    const name = isTemplateName(given) ? findDefaultInstance(given, install) : given;
    return name === null ? [] : [{ name, file, install }];
  });
}

/** Names of the units that pull in an enabled one. */
export function listForeignPullers(units: readonly ForeignUnit[], name: string): readonly string[] {
  return units
    .filter((unit) => unit.name === name)
    .flatMap(({ install }) => listInstallTargets(name, install));
}

/** The links, to the file on the host. */
export function buildForeignLinks(
  foreign: readonly ForeignUnit[],
  units: ReadonlyMap<string, DesiredUnit>,
  unitDirectory: string,
): readonly LinkEntry[] {
  return foreign.flatMap(({ name, file, install }) => {
    if (file === null || units.get(name)?.owned !== false) return [];
    const unit = { name, settings: install, origin: repositoryConfigPath, fragment: name };
    return buildEnablementLinks(unit, unitDirectory).map((link) => ({ ...link, linkTarget: file.path }));
  });
}

/** Warns of units that cannot be enabled. Only where the host can be asked. */
export function findNotEnabled(
  config: RepositoryConfig,
  host: HostUnits,
  isOwn: (name: string) => boolean,
): readonly Diagnostic[] {
  if (host === null) return [];
  return listEnabledNames(config)
    .filter((name) => !isOwn(name))
    .flatMap((name): readonly Diagnostic[] => {
      const file = host.get(name);
      if (file === undefined)
        return [warn(name, "neither the repository nor this host has it", "install it, or remove the key")];
      const hint =
        "a unit without WantedBy= in [Install] is started by others only; state: running starts it";
      const install = readInstall(file);
      const isEnabling = Object.keys(install).some((key) => key !== "Install.DefaultInstance");
      return isEnabling ? [] : [warn(name, `${file.path} has no [Install] section`, hint)];
    });
}

function warn(name: string, message: string, hint: string): Diagnostic {
  const text = `units: ${name} is not enabled: ${message}`;
  return { severity: "warning", code: "not-enabled", file: repositoryConfigPath, message: text, hint };
}

function readInstall({ bytes, path }: Pick<SnapshotFile, "bytes" | "path">): Settings {
  const { settings } = mergeSettings([{ path, mode: "file", bytes, blob: "" }]);
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key.startsWith("Install.")));
}
