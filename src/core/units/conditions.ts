/** Says which condition kept systemd from starting a unit. Pure. */

/**
 * One `Condition…=` or `Assert…=` of a unit, as systemd checked it at the last start (org.freedesktop.systemd1(5),
 * Conditions).
 */
export interface Condition {
  /** `ConditionPathExists`. */
  readonly name: string;
  /** Written with `|`: at least one of these must be met. */
  readonly isTriggering: boolean;
  /** Written with `!`. */
  readonly isNegated: boolean;
  readonly parameter: string;
  readonly isMet: boolean;
}

/**
 * A sentence that names what was not met. systemd checks in the order of the list and stops at the first that is not
 * met, so later results may be from an earlier start (systemd 257, condition_test_list() in condition.c).
 * @param kind `condition` or `assertion`
 */
export function describeUnmet(kind: "condition" | "assertion", conditions: readonly Condition[]): string {
  const first = conditions.find(({ isMet, isTriggering }) => !isMet && !isTriggering);
  if (first !== undefined) return `its ${kind} ${format(first)} is not met`;
  const alternatives = conditions.filter(({ isTriggering }) => isTriggering);
  if (alternatives.length === 1) return `its ${kind} ${alternatives.map(format).join("")} is not met`;
  if (alternatives.length > 1) return `none of its ${kind}s ${alternatives.map(format).join(", ")} is met`;
  return `its ${kind}s are not met`;
}

function format({ name, isTriggering, isNegated, parameter }: Condition): string {
  return `${name}=${isTriggering ? "|" : ""}${isNegated ? "!" : ""}${parameter}`;
}
