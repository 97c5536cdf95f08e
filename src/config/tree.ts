/**
 * The values of a YAML document together with their places: a small tree of our own, so that a finding about a path
 * costs no search. Keys are strings, aliases do not occur (yaml-text refuses them).
 */

import { type Document, isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { type Finding, quote } from "./finding.ts";

export type TreeNode = MapNode | ListNode | ScalarNode;

export interface MapNode {
  readonly kind: "map";
  readonly offset: number;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly keyOffset: number;
  readonly node: TreeNode;
}

interface ListNode {
  readonly kind: "list";
  readonly offset: number;
  readonly items: readonly TreeNode[];
}

export interface ScalarNode {
  readonly kind: "scalar";
  readonly offset: number;
  readonly value: unknown;
  /** As written; empty when nothing is written, as after `key:`. */
  readonly source: string;
}

export interface Tree {
  readonly root: TreeNode;
  readonly findings: readonly Finding[];
}

/** An empty document is an empty map. `lineOf` tells the line of an offset. */
export function buildTree(contents: Document["contents"], lineOf: (offset: number) => number): Tree {
  const findings: Finding[] = [];
  const build = (node: unknown, fallbackOffset: number): TreeNode => {
    if (isMap(node)) {
      const offset = node.range?.[0] ?? fallbackOffset;
      return { kind: "map", offset, entries: buildEntries(node, offset) };
    }
    if (isSeq(node)) {
      const offset = node.range?.[0] ?? fallbackOffset;
      return { kind: "list", offset, items: node.items.map((item) => build(item, offset)) };
    }
    if (!isScalar(node)) return { kind: "scalar", offset: fallbackOffset, value: null, source: "" };
    const source = node.source ?? "";
    const offset =
      node.value === null && source === "" ? fallbackOffset : (node.range?.[0] ?? fallbackOffset);
    return { kind: "scalar", offset, value: node.value, source };
  };
  const buildEntries = (map: YAMLMap, mapOffset: number): ReadonlyMap<string, MapEntry> => {
    const entries = new Map<string, MapEntry>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const keyOffset = (isScalar(key) ? key.range?.[0] : undefined) ?? mapOffset;
      const first = entries.get(name);
      if (name === "__proto__") findings.push(refuseName(name, keyOffset));
      else if (first !== undefined) findings.push(explainDuplicate(name, keyOffset, lineOf(first.keyOffset)));
      else entries.set(name, { keyOffset, node: build(value, keyOffset) });
    }
    return entries;
  };
  const root: TreeNode =
    contents === null || (isScalar(contents) && contents.value === null)
      ? { kind: "map", offset: 0, entries: new Map() }
      : build(contents, 0);
  return { root, findings };
}

/** The plain value of a tree. */
export function toValue(node: TreeNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toValue);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toValue(entry.node)]));
}

/** What is at a path; `entry` when it is the value of a key. Null when nothing is there. */
export function findNode(
  root: TreeNode,
  path: readonly PropertyKey[],
): { readonly node: TreeNode; readonly entry: MapEntry | null } | null {
  let found: { node: TreeNode; entry: MapEntry | null } = { node: root, entry: null };
  for (const step of path) {
    const { node } = found;
    const entry = node.kind === "map" ? (node.entries.get(String(step)) ?? null) : null;
    const next = node.kind === "list" ? node.items[Number(step)] : entry?.node;
    if (next === undefined) return null;
    found = { node: next, entry };
  }
  return found;
}

function explainDuplicate(name: string, offset: number, firstLine: number): Finding {
  return {
    code: "duplicate-key",
    offset,
    message: `the key ${quote(name)} is given twice: first in line ${firstLine}`,
    hint: "merge the two, or remove one",
  };
}

function refuseName(name: string, offset: number): Finding {
  return { code: "invalid-value", offset, message: `${quote(name)} cannot be used as a name` };
}
