/** Finds mistakes in the unit rules of gitops.yaml that can be seen in this file alone. Pure. */
import type { Diagnostic } from "../model/errors.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import { isTemplateName } from "../units/unit-name.ts";

export function checkRules(config: RepositoryConfig): readonly Diagnostic[] {
  const error = { severity: "error" as const, code: "not-a-template", file: "gitops.yaml" };
  const strayInstances = [...config.units]
    .filter(([key, rules]) => rules.instances !== undefined && !isTemplateName(key))
    .map(([key]) => ({
      ...error,
      message: `units: ${key} has instances but is no template`,
      hint: "a template is named NAME@.service",
    }));
  return [...strayInstances, ...warnOfDriftPolicies(config)];
}

/** Warns of drift policies that this version does not act on, so that nobody relies on them. */
function warnOfDriftPolicies({ units, defaults }: RepositoryConfig): readonly Diagnostic[] {
  const places = [
    ...(defaults.drift === "report" ? [] : ["defaults"]),
    ...[...units].filter(([, { drift }]) => (drift ?? "report") !== "report").map(([key]) => `units: ${key}`),
  ];
  return places.map((place) => ({
    severity: "warning",
    code: "drift-only-reported",
    file: "gitops.yaml",
    message: `${place}: drift is only reported by this version, whatever the policy`,
    hint: "leave drift: report until correct and ignore are acted upon",
  }));
}
