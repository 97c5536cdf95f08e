/** What a refused name is told to do must be possible. */
import { expect, it } from "vitest";
import { createProtection, hintForProtected } from "../../../../src/core/plan/protection.ts";

it.each([
  ["ssh.service", [], ["ssh.service"]],
  ["mine.service", ["mine.service"], []],
])("%s is free once the hint is followed", (unit, protect, allow) => {
  expect(createProtection(protect, [])(unit)).toBe(true);
  expect(hintForProtected(unit)).toContain(allow.length > 0 ? "allow-protected" : "out of protect");
  expect(createProtection([], allow)(unit)).toBe(false);
});

it("the agent's own units are never promised", () => {
  expect(createProtection([], ["gitops-agent*"])("gitops-agent.service")).toBe(true);
  expect(hintForProtected("gitops-agent.service")).not.toContain("allow-protected");
});
