/**
 * Says in the words of a repository which units of a host are enabled: by [Install] where the links of the host are those that it
 * makes, by links of the repository otherwise, and by `enabled: false` where [Install] has no effect on the host. Pure.
 */
import { buildEnablementLinks } from "../desired/enablement.ts";
import { findDefaultInstance } from "../desired/implied-instances.ts";
import { mergeSettings, type Settings } from "../units/definition.ts";
import { isTemplateName, parseInstance } from "../units/unit-name.ts";
import type { ImportedUnitRule } from "./imported.ts";
import type { EnablementEntry, PlacedEntry } from "./sort-entries.ts";

export interface UnitToEnable {
  readonly unit: string;
  /** The fragment, then the drop-ins. */
  readonly files: readonly PlacedEntry[];
}

export interface ImportedEnablement {
  readonly rules: ReadonlyMap<string, ImportedUnitRule>;
  /** Links that [Install] does not make, or makes with another target; they go into the repository. */
  readonly links: readonly EnablementEntry[];
}

/**
 * @param existing the links of the host in enablement directories
 * @param aliases the names below the unit directory at which the host has links
 * @param unitDirectory where the links of the host lead to
 */
export function importEnablement(
  units: readonly UnitToEnable[],
  existing: readonly EnablementEntry[],
  aliases: ReadonlySet<string>,
  unitDirectory: string,
): ImportedEnablement {
  const rules = new Map<string, ImportedUnitRule>();
  const links: EnablementEntry[] = [];
  for (const { unit, files } of units) {
    const own = existing.filter((link) => link.unit === unit || parseInstance(link.unit)?.template === unit);
    const isAsMade = ({ entry }: EnablementEntry) =>
      new TextDecoder().decode(entry.bytes) === `${unitDirectory}/${unit}`;
    const has = new Set([...own.map(({ relative }) => relative), ...aliases]);
    const settings = readSettings(files);
    const found = isTemplateName(unit)
      ? importTemplate(unit, settings, own, has)
      : importUnit(unit, settings, has);
    if (found.rule !== null) rules.set(unit, found.rule);
    links.push(...own.filter((link) => !(found.made.has(link.relative) && isAsMade(link))));
  }
  return { rules, links };
}

interface Decision {
  readonly rule: ImportedUnitRule | null;
  /** Links that the agent makes by itself. */
  readonly made: ReadonlySet<string>;
}

function importUnit(unit: string, settings: Settings, has: ReadonlySet<string>): Decision {
  const made = listInstallLinks(unit, unit, settings);
  const isEnabled = made.every((link) => has.has(link));
  return isEnabled ? { rule: null, made: new Set(made) } : { rule: { enabled: false }, made: new Set() };
}

/** The default instance needs no rule. When it is not enabled, the template's [Install] has no effect, and links say the rest. */
function importTemplate(
  template: string,
  settings: Settings,
  own: readonly EnablementEntry[],
  has: ReadonlySet<string>,
): Decision {
  const isComplete = (name: string) => {
    const made = listInstallLinks(name, template, settings);
    return made.length > 0 && made.every((link) => has.has(link));
  };
  const standard = findDefaultInstance(template, settings);
  if (standard !== null && listInstallLinks(standard, template, settings).length > 0 && !isComplete(standard))
    return { rule: { enabled: false }, made: new Set() };
  const names = [...new Set(own.map(({ unit }) => unit))].filter(isComplete);
  const made = names.flatMap((name) => listInstallLinks(name, template, settings));
  const instances = names
    .filter((name) => name !== standard)
    .flatMap((name) => parseInstance(name)?.instance ?? [])
    .sort();
  return { rule: instances.length > 0 ? { instances } : null, made: new Set(made) };
}

/** The links that [Install] makes for a unit or an instance, as paths below the unit directory. */
export function listInstallLinks(name: string, fragment: string, settings: Settings): readonly string[] {
  return buildEnablementLinks({ name, settings, origin: fragment, fragment }, "").map(({ path }) =>
    path.slice(1),
  );
}

/** The settings of a unit's files. */
export function readSettings(files: readonly PlacedEntry[]): Settings {
  const read = files.map(({ relative, entry }) => ({
    path: relative,
    mode: "file" as const,
    bytes: entry.bytes,
    blob: "",
  }));
  return mergeSettings(read).settings;
}

/** The unit that a name belongs to: of an instance its template when that is among `units`. */
export function ownerOf(name: string, units: ReadonlySet<string>): string | null {
  if (units.has(name)) return name;
  const template = parseInstance(name)?.template;
  return template !== undefined && units.has(template) ? template : null;
}
