/**
 * The links that `systemctl enable` would make for a unit, computed from [Install] (systemd.unit(5)). Links are
 * files like any other: compared, pruned and watched. Pure.
 */

import type { DesiredUnit, LinkEntry } from "../model/desired.ts";
import { listWords, type Settings } from "../units/definition.ts";
import { expandNameSpecifiers } from "../units/references.ts";
import { isTemplateName, isUnitName, typeOfUnit } from "../units/unit-name.ts";

export interface EnabledUnit {
  readonly name: string;
  readonly settings: Settings;
  /** Repository path of the fragment. */
  readonly origin: string;
  /** Name of the file that defines it: its own, or that of its template. */
  readonly fragment: string;
}

/** Keys of [Install] that make links: `Section.Key` → directory suffix. */
const tiePoints: readonly (readonly [key: string, suffix: string])[] = [
  ["Install.WantedBy", ".wants"],
  ["Install.RequiredBy", ".requires"],
  ["Install.UpheldBy", ".upholds"],
];

/** Whether the [Install] section of the unit has an effect. It has none for an instance that another unit pulls in. */
export function isEnabled({
  declared,
  enabled,
  pulledIn,
}: Pick<DesiredUnit, "declared" | "enabled" | "pulledIn">): boolean {
  return declared && enabled && !pulledIn;
}

/** Names of the units that pull this one in, because it is enabled or because the repository has a link that says so. */
export function listPullers(unit: DesiredUnit): readonly string[] {
  const installed = isEnabled(unit) ? listInstallTargets(unit.name, unit.definition.settings) : [];
  return [...installed, ...unit.wantedBy];
}

/** Names of the units that pull this one in once it is enabled. */
export function listInstallTargets(unit: string, settings: Settings): readonly string[] {
  return tiePoints.flatMap(([key]) => expandWords(unit, settings, key));
}

/**
 * The links in `unitDirectory`, as systemctl makes them: absolute, to the fragment. None for a template, because
 * enabling a template enables one of its instances (implied-instances.ts).
 */
export function buildEnablementLinks(unit: EnabledUnit, unitDirectory: string): readonly LinkEntry[] {
  const { name } = unit;
  if (isTemplateName(name)) return [];
  const link = (path: string, role: "enablement" | "alias"): LinkEntry => ({
    kind: "link",
    path: `${unitDirectory}/${path}`,
    role,
    origin: unit.origin,
    unit: name,
    linkTarget: `${unitDirectory}/${unit.fragment}`,
  });
  const ties = tiePoints.flatMap(([key, suffix]) =>
    expandWords(name, unit.settings, key).map((target) => link(`${target}${suffix}/${name}`, "enablement")),
  );
  const aliases = expandWords(name, unit.settings, "Install.Alias")
    .filter((alias) => alias !== name && typeOfUnit(alias) === typeOfUnit(name))
    .map((alias) => link(alias, "alias"));
  return [...ties, ...aliases];
}

function expandWords(unit: string, settings: Settings, key: string): readonly string[] {
  return listWords(settings, key)
    .map((word) => expandNameSpecifiers(word, unit))
    .filter(isUnitName);
}
