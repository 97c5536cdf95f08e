/** The part of gitops.yaml's schema that says when a unit counts as healthy after a change. */

import { parseDurationMs } from "../lib/duration.ts";
import { checkFilePath, type Problem } from "./names.ts";
import { duration, type FieldProblem, listOf, section, text, withRules } from "./schema-parts.ts";

export const healthDefaults = { settle: "5s", timeout: "90s" } as const;

const dayMs = 86_400_000;

const settle = duration(0, dayMs).meta({
  description: "How long a unit must keep its state after a change before it counts as healthy.",
  examples: [healthDefaults.settle],
});
const timeout = duration(1000, dayMs).meta({
  description: "How long a unit may take to become healthy after a change.",
  examples: [healthDefaults.timeout],
});
const check = listOf(
  "a command as a list of arguments",
  text("an argument", (value) =>
    value.includes("\0") ? { message: "an argument cannot contain NUL" } : null,
  ),
).meta({
  description: "A command that must exit with 0, as a list of arguments; there is no shell.",
  examples: [["/usr/bin/curl", "-fsS", "http://127.0.0.1:8080/"]],
});

/** The rules for every unit that has none of its own. Without a check, because a check belongs to one unit. */
export const defaultHealth = withRules(
  section("a map with settle and timeout", {
    settle: settle.optional().meta({ default: healthDefaults.settle }),
    timeout: timeout.optional().meta({ default: healthDefaults.timeout }),
  }),
  (value) => findImpossibleHealth({ ...healthDefaults, ...value }),
);

/** The rules of one unit. */
export const health = withRules(
  section("a map with settle, timeout and check", {
    settle: settle.optional(),
    timeout: timeout.optional(),
    check: check.optional(),
  }),
  (value) => [...findImpossibleHealth(value), ...findBadCheck(value["check"])],
);

function findImpossibleHealth(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const [settleMs, timeoutMs] = [value["settle"], value["timeout"]].map((span) =>
    typeof span === "string" ? parseDurationMs(span) : null,
  );
  if (typeof settleMs !== "number" || typeof timeoutMs !== "number" || settleMs < timeoutMs) return [];
  return [{ path: ["settle"], message: "settle must be shorter than timeout, or no unit is ever healthy" }];
}

function findBadCheck(value: unknown): readonly FieldProblem[] {
  if (!Array.isArray(value)) return [];
  const command: unknown = value[0];
  const problem: Problem | null =
    command === undefined
      ? { message: "expected a command, found an empty list" }
      : typeof command === "string"
        ? checkFilePath(command)
        : null;
  return problem === null ? [] : [{ ...problem, path: command === undefined ? ["check"] : ["check", "0"] }];
}
