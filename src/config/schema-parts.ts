/**
 * Pieces that both schemas are built of. They fix what zod's messages mean in this room, so that explain.ts can make
 * sentences: a wrong type's message is a noun, an unknown key's message is the list of known keys, and every rule
 * brings its own sentence. Nothing here transforms a value, so the JSON Schemas describe exactly what is accepted.
 */

import * as z from "zod";
import { formatDuration, parseDurationMs } from "../lib/duration.ts";
import type { Problem, Rule } from "./names.ts";

type RefinementContext = z.core.$RefinementCtx;

export interface FieldProblem extends Problem {
  readonly path: readonly string[];
}

/** Text that satisfies a rule. The pattern is for editors only; the rule decides. */
export function text(noun: string, rule: Rule, pattern?: string) {
  const schema = z.string(noun).superRefine((value, context) => {
    const problem = rule(value);
    if (problem !== null) addProblem(context, { ...problem, path: [] });
  });
  return pattern === undefined ? schema : schema.meta({ pattern });
}

/** A map with fixed keys. An empty one (`health:` and nothing below) counts as absent. */
export function section<Shape extends z.core.$ZodLooseShape>(noun: string, shape: Shape) {
  const known = Object.keys(shape).join(" ");
  return z.strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? known : noun) });
}

/** A map whose keys are names. */
export function mapOf<Value extends z.ZodType>(noun: string, key: z.ZodType<string, string>, value: Value) {
  return z.record(key, value, noun);
}

export function listOf<Item extends z.ZodType>(noun: string, item: Item) {
  return z.array(item, noun);
}

export function flag() {
  return z.boolean("true or false");
}

/** A time span within limits, both in milliseconds and inclusive. */
export function duration(minMs: number, maxMs: number) {
  return text("a time span such as 90s or 1min 30s", (value) => {
    const ms = parseDurationMs(value);
    if (ms === null) {
      return { message: "expected a time span such as 90s or 1min 30s", hint: "units: ms, s, min, h, d" };
    }
    if (ms < minMs) return { message: `at least ${formatDuration(minMs)} is needed here` };
    return ms > maxMs ? { message: `at most ${formatDuration(maxMs)} is possible here` } : null;
  });
}

/**
 * Adds rules over several keys of a map. They run even when single keys are wrong already, so that all mistakes are
 * reported at once. That is why they get a map with values of any type.
 */
export function withRules<Schema extends z.ZodType>(
  schema: Schema,
  findProblems: (value: Readonly<Record<string, unknown>>) => readonly FieldProblem[],
): Schema {
  return schema.superRefine(
    (value, context) => {
      if (!isRecord(value)) return;
      for (const problem of findProblems(value)) addProblem(context, problem);
    },
    { when: () => true },
  );
}

/** Adds rules over several items of a list. They run even when single items are wrong already. */
export function withListRules<Schema extends z.ZodType>(
  schema: Schema,
  findProblems: (items: readonly unknown[]) => readonly FieldProblem[],
): Schema {
  return schema.superRefine(
    (value, context) => {
      if (!Array.isArray(value)) return;
      for (const problem of findProblems(value)) addProblem(context, problem);
    },
    { when: () => true },
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy without the keys that are absent or empty. */
export function dropAbsent<T extends object>(value: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  const present = Object.entries(value).filter(([, entry]) => entry !== undefined && entry !== null);
  return Object.fromEntries(present) as { [Key in keyof T]?: NonNullable<T[Key]> };
}

function addProblem(context: RefinementContext, problem: FieldProblem): void {
  const { message, path, hint } = problem;
  context.addIssue({ code: "custom", message, path: [...path], params: { hint } });
}
