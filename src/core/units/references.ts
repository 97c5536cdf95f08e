/** Which units a definition names, the way systemd resolves the names for the unit that has the definition. Pure. */
import { listWords, type Settings } from "./definition.ts";
import { instantiate, isTemplateName, parseInstance } from "./unit-name.ts";

/** Requirement kinds by which a unit that runs has others run with it (systemd.unit(5)). */
export const pullKeys = ["Unit.Wants", "Unit.Requires", "Unit.BindsTo", "Unit.Requisite", "Unit.Upholds"];

/**
 * The units that one key lists, with what systemd puts in for specifiers of names, and with the instance that a bare template
 * stands for: that of the unit itself, or else its name (resolve_template() in systemd's src/core/unit.c).
 */
export function listReferences(settings: Settings, key: string, unit: string): readonly string[] {
  return listWords(settings, key)
    .map((word) => expandNameSpecifiers(word, unit))
    .map((name) =>
      isTemplateName(name) ? instantiate(name, parseInstance(unit)?.instance ?? stemOf(unit)) : name,
    );
}

/** The name specifiers of systemd.unit(5) "Specifiers". What the host decides about stays, and so names no unit. */
export function expandNameSpecifiers(word: string, unit: string): string {
  const values = listNameSpecifiers(unit);
  return word.replace(/%([a-zA-Z%])/g, (whole, letter: string) => values[letter] ?? whole);
}

/** Letter → what it stands for in the definition of `unit`: its own name and the parts of that. */
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
