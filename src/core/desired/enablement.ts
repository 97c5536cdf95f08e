/**
 * The links that `systemctl enable` would make for a unit, computed from [Install] (systemd.unit(5)). Links are
 * files like any other: compared, pruned and watched. Pure.
 */

import type { LinkEntry } from "../model/desired.ts";
import { listWords, type Settings } from "../units/definition.ts";
import { expandNameSpecifiers } from "../units/references.ts";
import { isTemplateName, isUnitName, parseInstance, typeOfUnit } from "../units/unit-name.ts";

export interface EnabledUnit {
  readonly name: string;
  readonly settings: Settings;
  /** Repository path of the fragment. */
  readonly origin: string;
}

/** Keys of [Install] that make links: `Section.Key` → directory suffix. */
const tiePoints: readonly (readonly [key: string, suffix: string])[] = [
  ["Install.WantedBy", ".wants"],
  ["Install.RequiredBy", ".requires"],
  ["Install.UpheldBy", ".upholds"],
];

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
  const fragment = `${unitDirectory}/${parseInstance(name)?.template ?? name}`;
  const link = (path: string, role: "enablement" | "alias"): LinkEntry => ({
    kind: "link",
    path: `${unitDirectory}/${path}`,
    role,
    origin: unit.origin,
    unit: name,
    linkTarget: fragment,
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
