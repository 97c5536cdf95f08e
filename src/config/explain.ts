/**
 * What the schema refuses → findings in plain sentences, each at its place. Relies on how schema-parts.ts uses zod's
 * messages: a noun ("a list of names") where a type is wrong, the known keys where a key is unknown, and otherwise a
 * whole sentence.
 */

import type { z } from "zod";
import { findNearestWord } from "../core/check/nearest.ts";
import { type Finding, quote } from "./finding.ts";
import { findNode, type TreeNode } from "./tree.ts";

type Issue = z.core.$ZodIssue;

export function explainIssue(issue: Issue, root: TreeNode): readonly Finding[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => explainUnknownKey(key, issue, root));
    case "invalid_key":
      return issue.issues.map((inner) => ({
        code: "invalid-value",
        offset: offsetOfKey(issue.path, root),
        message: inner.message,
        ...hintOf(inner),
      }));
    case "invalid_union":
      return explainUnion(issue, root);
    case "invalid_type":
      return [explainType(issue.path, issue.message, issue.expected, root)];
    case "invalid_value":
      return [explainChoice(issue.path, issue.values.map(String), root)];
    default:
      return [
        {
          code: "invalid-value",
          offset: findNode(root, issue.path)?.node.offset ?? offsetOfParent(issue.path, root),
          message: issue.message,
          ...hintOf(issue),
        },
      ];
  }
}

function explainUnknownKey(key: string, issue: Issue, root: TreeNode): Finding {
  const known = issue.message.split(" ");
  const nearest = findNearestWord(key, known);
  return {
    code: "unknown-key",
    offset: offsetOfKey([...issue.path, key], root),
    message: `unknown key ${quote(key)}`,
    hint:
      nearest === null ? `the keys known here are ${known.join(", ")}` : `did you mean ${quote(nearest)}?`,
  };
}

/** The alternatives of a union differ in type. The one that was meant is the one whose type the value has. */
function explainUnion(issue: Extract<Issue, { code: "invalid_union" }>, root: TreeNode): readonly Finding[] {
  const found = findNode(root, issue.path)?.node;
  const isText = found?.kind === "scalar" && typeof found.value === "string";
  const meant = issue.errors.find((issues) => !issues.some((inner) => isWrongTypeOfWhole(inner, isText)));
  if (meant === undefined) return [explainType(issue.path, issue.message, "union", root)];
  return meant.flatMap((inner) => explainIssue({ ...inner, path: [...issue.path, ...inner.path] }, root));
}

/** A value that is none of several words has the right type only when it is text. */
function isWrongTypeOfWhole({ code, path }: Issue, isText: boolean): boolean {
  return path.length === 0 && (code === "invalid_type" || (code === "invalid_value" && !isText));
}

function explainType(path: readonly PropertyKey[], noun: string, expected: string, root: TreeNode): Finding {
  const found = findNode(root, path);
  if (found === null) {
    const key = String(path.at(-1));
    return {
      code: "missing-key",
      offset: offsetOfParent(path, root),
      message: `missing key ${quote(key)}: ${noun}`,
    };
  }
  const { node } = found;
  return {
    code: "wrong-type",
    offset: node.offset,
    message: `expected ${noun}, found ${describe(node)}`,
    ...hintForType(expected, noun, node),
  };
}

function explainChoice(path: readonly PropertyKey[], choices: readonly string[], root: TreeNode): Finding {
  const noun = `one of ${choices.join(", ")}`;
  const found = findNode(root, path);
  if (found === null || found.node.kind !== "scalar" || typeof found.node.value !== "string") {
    return explainType(path, noun, "choice", root);
  }
  const nearest = findNearestWord(found.node.value, choices);
  return {
    code: "invalid-value",
    offset: found.node.offset,
    message: `expected ${noun}, found ${quote(found.node.value)}`,
    ...(nearest === null ? {} : { hint: `did you mean ${nearest}?` }),
  };
}

function describe(node: TreeNode): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "nothing";
  if (typeof node.value === "boolean") return String(node.value);
  return typeof node.value === "number" ? "a number" : "text";
}

function hintForType(expected: string, noun: string, node: TreeNode): { readonly hint?: string } {
  if (node.kind !== "scalar") return {};
  if (expected === "array" && noun.startsWith("a command") && typeof node.value === "string") {
    return { hint: hintForCommand(node.value) };
  }
  if (noun.startsWith("a command") && typeof node.value === "number") {
    return { hint: `quote it: ${quote(node.source)}` };
  }
  if (expected === "array" && node.value !== null) return { hint: "write it as a list: [one, two]" };
  if (expected === "boolean" && /^(?:yes|on)$/i.test(node.source)) return { hint: "write true" };
  if (expected === "boolean" && /^(?:no|off)$/i.test(node.source)) return { hint: "write false" };
  if (expected !== "string" || node.source === "") return {};
  if (noun.startsWith("a time span") && /^\d+$/.test(node.source)) return { hint: `write ${node.source}s` };
  if (noun.startsWith("a share") && /^\d+$/.test(node.source)) return { hint: `write ${node.source}%` };
  // YAML 1.2 takes 0640 for the decimal number 640, and 0o640 for 416.
  return { hint: `quote it: ${quote(node.source.replace(/^0o/, "0"))}` };
}

/** A text with characters of a shell cannot be taken apart for sure. */
function hintForCommand(text: string): string {
  const isPlain = /^[\w./=:@+-]+(?: [\w./=:@+-]+)*$/.test(text);
  return isPlain
    ? `write it as a list: [${text.replaceAll(" ", ", ")}]`
    : "write each argument by itself, as a list: there is no shell";
}

function hintOf(issue: Issue): { readonly hint?: string } {
  const hint = issue.code === "custom" ? issue.params?.["hint"] : undefined;
  return typeof hint === "string" ? { hint } : {};
}

function offsetOfKey(path: readonly PropertyKey[], root: TreeNode): number {
  const found = findNode(root, path);
  return found?.entry?.keyOffset ?? found?.node.offset ?? offsetOfParent(path, root);
}

/** The offset of the nearest map or list above the path that exists. */
function offsetOfParent(path: readonly PropertyKey[], root: TreeNode): number {
  for (let length = path.length - 1; length > 0; length -= 1) {
    const parent = findNode(root, path.slice(0, length));
    if (parent !== null) return parent.node.offset;
  }
  return root.offset;
}
