/** The words for a condition that kept a unit down. */
import { expect, it } from "vitest";
import { type Condition, describeUnmet } from "../../../../src/core/units/conditions.ts";

function condition(parameter: string, isMet: boolean, rest: Partial<Condition> = {}): Condition {
  const plain = { name: "ConditionPathExists", isTriggering: false, isNegated: false };
  return { ...plain, parameter, isMet, ...rest };
}

it("the account of conditions names the first condition that is not met, as it is written", () => {
  const list = [
    condition("/a", true),
    condition("/b", false, { isNegated: true }),
    // Not checked any more: it is left from an earlier start.
    condition("/c", false),
  ];
  expect(describeUnmet("condition", list)).toBe("its condition ConditionPathExists=!/b is not met");
});

it("the account of conditions names all conditions of which one must be met", () => {
  const triggering = { isTriggering: true };
  const list = [
    condition("/a", false, triggering),
    condition("/b", false, triggering),
    condition("/c", true),
  ];
  expect(describeUnmet("condition", list)).toBe(
    "none of its conditions ConditionPathExists=|/a, ConditionPathExists=|/b is met",
  );
  expect(describeUnmet("condition", list.slice(1))).toBe("its condition ConditionPathExists=|/b is not met");
});

it("the account of conditions says so where systemd names no condition", () => {
  expect(describeUnmet("assertion", [])).toBe("its assertions are not met");
});
