/**
 * Adds rules to the text of gitops.yaml, and keeps its comments and its order. Must not change a rule that a person has written.
 */
import { parseDocument } from "yaml";
import type { AddedRule } from "../core/import/imported.ts";

export interface EditedRules {
  /** The whole text of the file. */
  readonly text: string;
  /** What was added. */
  readonly added: readonly AddedRule[];
  /** What is not added, because the file says something else there. */
  readonly kept: readonly AddedRule[];
}

/** @param text a valid gitops.yaml, or an empty text */
export function addRules(text: string, rules: readonly AddedRule[]): EditedRules {
  const document = parseDocument(text, { version: "1.2", schema: "core" });
  const written: unknown = document.toJS() ?? {};
  const added: AddedRule[] = [];
  const kept: AddedRule[] = [];
  for (const rule of rules) {
    const present = readAt(written, rule.keys);
    if (present === undefined) {
      document.setIn(rule.keys, document.createNode(rule.value, { flow: true }));
      added.push(rule);
    } else if (!isEqual(present, rule.value)) kept.push(rule);
  }
  return { text: added.length === 0 ? text : document.toString({ lineWidth: 110 }), added, kept };
}

function readAt(value: unknown, keys: readonly string[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const isMap = typeof value === "object" && value !== null && Object.hasOwn(value, key);
  return isMap ? readAt(Object.getOwnPropertyDescriptor(value, key)?.value, rest) : undefined;
}

function isEqual(present: unknown, value: AddedRule["value"]): boolean {
  return JSON.stringify(present) === JSON.stringify(value);
}
