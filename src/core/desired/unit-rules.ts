/** Resolves the rules of gitops.yaml for one unit: all matching keys are merged, the more specific key wins. Pure. */

import type { Desired } from "../model/desired.ts";
import type { DriftSetting, HealthRules, RepositoryConfig, UnitRules } from "../model/rules.ts";
import { countLiterals, matchesGlob } from "../units/glob.ts";
import { parseInstance } from "../units/unit-name.ts";
import { mergeDrift } from "./drift-rules.ts";

/** For an instance, the rules of its template count too; rules for its own name win over them. */
export function resolveUnitRules(config: RepositoryConfig, unit: string): UnitRules {
  const template = parseInstance(unit)?.template;
  const specificity = (pattern: string): number => {
    if (pattern === unit) return Number.MAX_SAFE_INTEGER;
    if (pattern === template) return Number.MAX_SAFE_INTEGER - 1;
    return countLiterals(pattern);
  };
  return [...config.units]
    .filter(([pattern]) => matchesGlob(pattern, unit) || pattern === template)
    .sort(([left], [right]) => specificity(left) - specificity(right))
    .reduce<UnitRules>((merged, [, rules]) => mergeRules(merged, rules), {});
}

function dropAbsentDrift(drift: DriftSetting | undefined): Pick<UnitRules, "drift"> {
  return drift === undefined ? {} : { drift };
}

function mergeRules(general: UnitRules, specific: UnitRules): UnitRules {
  return {
    ...general,
    ...specific,
    ...dropAbsentDrift(mergeDrift(general.drift, specific.drift)),
    ...(general.health === undefined && specific.health === undefined
      ? {}
      : { health: { ...general.health, ...specific.health } }),
  };
}

/** The health rules of a unit. An undeclared instance gets those of its template, any other unit the defaults. */
export function findHealth(desired: Desired, name: string): HealthRules {
  const unit = desired.units.get(name) ?? desired.units.get(parseInstance(name)?.template ?? "");
  return unit?.health ?? desired.defaultHealth;
}
