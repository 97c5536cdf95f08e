/** Finds mistakes in the unit rules of gitops.yaml that can be seen in this file alone. Pure. */
import type { Diagnostic } from "../model/errors.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import { isTemplateName } from "../units/unit-name.ts";

export function checkRules(config: RepositoryConfig): readonly Diagnostic[] {
  const error = { severity: "error" as const, code: "not-a-template", file: "gitops.yaml" };
  return [...config.units]
    .filter(([key, rules]) => rules.instances !== undefined && !isTemplateName(key))
    .map(([key]) => ({
      ...error,
      message: `units: ${key} has instances but is no template`,
      hint: "a template is named NAME@.service",
    }));
}
