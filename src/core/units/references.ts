/** Finds the units that a definition names, and resolves their names as systemd does for this unit. Pure. */
import { listWords, type Settings } from "./definition.ts";
import { instantiate, isTemplateName, parseInstance } from "./unit-name.ts";

/** Keys by which a unit pulls in or requires other units (systemd.unit(5)). */
export const pullKeys = ["Unit.Wants", "Unit.Requires", "Unit.BindsTo", "Unit.Requisite", "Unit.Upholds"];

/**
 * The units that one key lists, with name specifiers replaced. For a bare template it is an instance: with the instance
 * name of `unit`, or else with its name without the type (resolve_template() in systemd's src/core/unit.c).
 */
export function listReferences(settings: Settings, key: string, unit: string): readonly string[] {
  return listWords(settings, key)
    .map((word) => expandNameSpecifiers(word, unit))
    .map((name) =>
      isTemplateName(name) ? instantiate(name, parseInstance(unit)?.instance ?? stemOf(unit)) : name,
    );
}

/**
 * Replaces the name specifiers of systemd.unit(5). Specifiers that depend on the host stay, so the result names no
 * unit.
 */
export function expandNameSpecifiers(word: string, unit: string): string {
  const values = listNameSpecifiers(unit);
  return word.replace(/%([a-zA-Z%])/g, (whole, letter: string) => values[letter] ?? whole);
}

/** Letter of a specifier → its value in the definition of `unit`: the name of the unit or a part of it. */
export function listNameSpecifiers(unit: string): Readonly<Record<string, string>> {
  const stem = stemOf(unit);
  const prefix = stem.split("@")[0] ?? stem;
  return {
    n: unit,
    N: stem,
    p: prefix,
    i: parseInstance(unit)?.instance ?? "",
    j: prefix.slice(prefix.lastIndexOf("-") + 1),
    "%": "%",
  };
}

/** The name without its type. */
function stemOf(unit: string): string {
  return unit.slice(0, unit.lastIndexOf("."));
}
