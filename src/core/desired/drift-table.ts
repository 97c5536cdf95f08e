/** The rules for drift of all units and paths of a host, as the inventory keeps them. Pure. */

import type { Desired } from "../model/desired.ts";
import type { DriftRules, DriftSetting, DriftTable, RepositoryConfig, UnitRules } from "../model/rules.ts";
import { isQuadletName, serviceOfQuadlet } from "../units/unit-name.ts";
import { mergeDrift, toDriftRules } from "./drift-rules.ts";

/**
 * Also for the names that only a drop-in directory has, such as `web-.service`.
 * @param rulesOf the rules of gitops.yaml for a unit
 */
export function resolveDriftRules(
  config: RepositoryConfig,
  units: Desired["units"],
  files: Desired["files"],
  rulesOf: (unit: string) => UnitRules,
): DriftTable {
  const defaults = config.defaults.drift;
  const named = [...files.values()].flatMap(({ unit }) => (unit === null ? [] : [nameOfUnit(unit)]));
  const ofUnits = [...new Set([...units.keys(), ...named])].flatMap((name) =>
    describe(name, defaults, rulesOf(name).drift),
  );
  const ofFiles = [...config.files].flatMap(([path, { drift }]) => describe(path, defaults, drift));
  return {
    defaults: toDriftRules(defaults),
    units: Object.fromEntries(ofUnits),
    files: Object.fromEntries(ofFiles),
  };
}

function describe(
  name: string,
  defaults: DriftSetting,
  drift: DriftSetting | undefined,
): readonly (readonly [string, DriftRules])[] {
  return drift === undefined ? [] : [[name, toDriftRules(mergeDrift(defaults, drift) ?? defaults)]];
}

/** gitops.yaml names a quadlet by its service. */
function nameOfUnit(unit: string): string {
  return isQuadletName(unit) ? serviceOfQuadlet(unit) : unit;
}
