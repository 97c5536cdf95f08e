/**
 * The common part of both configuration files: text → typed value, or every finding at once, each at its place.
 * Reads nothing from disk and knows no key.
 */

import type { z } from "zod";
import type { Diagnostic } from "../core/model/errors.ts";
import { explainIssue } from "./explain.ts";
import type { Finding } from "./finding.ts";
import { maskSecrets } from "./secret-text.ts";
import { createSourceText, type SourceText } from "./source-text.ts";
import { buildTree, toValue } from "./tree.ts";
import { parseYaml } from "./yaml-text.ts";

/** More than anybody reads. */
const maxDiagnostics = 100;

export interface ParsedDocument<Value> {
  /** Null when there is an error. */
  readonly value: Value | null;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parses YAML and checks it. An empty text is an empty map. Never throws, whatever the text is. Lines and messages
 * with a secret in them are left out or masked.
 *
 * @param file how diagnostics name the file
 */
export function parseDocument<Schema extends z.ZodType>(
  raw: string,
  file: string,
  schema: Schema,
): ParsedDocument<z.output<Schema>> {
  const source = createSourceText(raw);
  const yaml = parseYaml(source);
  if (yaml.findings.length > 0) {
    return { value: null, diagnostics: toDiagnostics(yaml.findings, source, file) };
  }
  const tree = buildTree(yaml.root, source.lineOf);
  const result = schema.safeParse(toValue(tree.root));
  const issues = result.error?.issues ?? [];
  const findings = [...tree.findings, ...issues.flatMap((issue) => explainIssue(issue, tree.root))];
  return {
    value: result.success && findings.length === 0 ? result.data : null,
    diagnostics: toDiagnostics(findings, source, file),
  };
}

function toDiagnostics(
  findings: readonly Finding[],
  source: SourceText,
  file: string,
): readonly Diagnostic[] {
  const inOrder = [...findings].sort((a, b) => a.offset - b.offset);
  const shown = inOrder.slice(0, maxDiagnostics).map(
    (finding): Diagnostic => ({
      severity: "error",
      code: finding.code,
      file,
      ...source.locate(finding.offset),
      message: maskSecrets(finding.message),
      ...(finding.hint === undefined ? {} : { hint: maskSecrets(finding.hint) }),
    }),
  );
  const rest = inOrder[maxDiagnostics];
  if (rest === undefined) return shown;
  const message = `${inOrder.length - maxDiagnostics} more findings from here on are not shown`;
  const { line, column } = source.locate(rest.offset);
  return [...shown, { severity: "error", code: "too-many", file, line, column, message }];
}
