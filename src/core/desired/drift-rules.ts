/** Joins what several keys of gitops.yaml say of drift, from the general to the specific. Pure. */

import { type DriftRules, type DriftSetting, reportEverything } from "../model/rules.ts";

/** A word of the more specific key decides all. Its map is laid over what the general key says, and adds paths. */
export function mergeDrift(
  general: DriftSetting | undefined,
  specific: DriftSetting | undefined,
): DriftSetting | undefined {
  if (specific === undefined) return general;
  if (general === undefined || typeof specific === "string") return specific;
  const below = typeof general === "string" ? { default: general } : general;
  return {
    ...below,
    ...specific,
    kinds: { ...below.kinds, ...specific.kinds },
    ignore: [...(below.ignore ?? []), ...(specific.ignore ?? [])],
  };
}

export function toDriftRules(setting: DriftSetting): DriftRules {
  return { ...reportEverything.defaults, ...(typeof setting === "string" ? { default: setting } : setting) };
}
