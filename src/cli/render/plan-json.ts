/** A plan as JSON. Leaves out the content of files: it may be large, and the path in git says where it is. */
import type { Diagnostic } from "../../core/model/errors.ts";
import type { Plan, Step } from "../../core/model/plan.ts";

export function describePlan(
  plan: Plan,
  warnings: readonly Diagnostic[],
  unmentioned: readonly string[],
): object {
  return {
    version: 1,
    revision: plan.revision,
    refusals: plan.refusals,
    steps: plan.steps.map(describeStep),
    alongside: plan.alongside,
    spared: plan.spared.map(({ startedWith: _, ...rest }) => rest),
    explanations: plan.explanations,
    warnings,
    unmentioned,
  };
}

function describeStep(step: Step): object {
  if (step.kind === "restore") {
    const { original: _, owned: __, ...rest } = step;
    return rest;
  }
  if (step.kind !== "write" && step.kind !== "adopt") return step;
  const { kind, because, file } = step;
  const { path, role, unit, origin } = file;
  return {
    kind,
    path,
    role,
    unit,
    origin,
    because,
    ...(step.kind === "write" ? { backup: step.backup } : {}),
  };
}
