/**
 * YAML text → a node tree with offsets, and plain sentences for what is not YAML. Stops early on hostile input: size,
 * number of parts and nesting are limited before any tree is built, and aliases are refused, so nothing can expand.
 */

import { Composer, CST, type Document, Lexer, Parser } from "yaml";
import type { Finding } from "./finding.ts";
import type { SourceText } from "./source-text.ts";
import { explainSyntax, type Openings } from "./yaml-errors.ts";

const maxTextLength = 1024 * 1024;
/** Tokens as the lexer counts them; a repository of a thousand units needs about a fifth. */
const maxTokens = 100_000;
const maxDepth = 64;

export type YamlText =
  | { readonly root: Document["contents"]; readonly findings: readonly [] }
  | { readonly root: null; readonly findings: readonly Finding[] };

export function parseYaml(source: SourceText): YamlText {
  const { text } = source;
  if (text.length > maxTextLength) {
    return refuse({ code: "too-large", offset: 0, message: "the file is larger than 1 MiB" });
  }
  const scan = scanTokens(text);
  if (scan.refusal !== null) return refuse(scan.refusal);
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    stringKeys: true,
    // Repeated keys are found later, with the place of the first one, and in linear time.
    uniqueKeys: false,
    logLevel: "silent",
    prettyErrors: false,
  });
  const [document, second] = [...composer.compose(scan.tokens, true, text.length)];
  // The parser has taken a pattern such as *.service for an alias: its further errors are not reliable.
  if (scan.aliases.length > 0) return { root: null, findings: scan.aliases.map(explainAlias) };
  const errors = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  const findings = errors.map((error) => explainSyntax(error, scan));
  if (second !== undefined) findings.push(explainSecondDocument(second.range[0]));
  if (findings.length > 0) return { root: null, findings: keepFirstOfEachLine(findings, source) };
  return { root: document?.contents ?? null, findings: [] };
}

interface Scan extends Openings {
  readonly tokens: CST.Token[];
  /** Offsets of `*name`. */
  readonly aliases: readonly number[];
  readonly refusal: Finding | null;
}

function scanTokens(text: string): Scan {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const aliases: number[] = [];
  const quotes: number[] = [];
  const brackets: number[] = [];
  let previous = "";
  let count = 0;
  let refusal: Finding | null = null;
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    const type = previous === CST.SCALAR ? "scalar" : CST.tokenType(lexeme);
    if (type === "alias") aliases.push(offset);
    if (type === "single-quoted-scalar" || type === "double-quoted-scalar") quotes.push(offset);
    if (type === "flow-error-end") brackets.push(...findOpenBrackets(parser));
    previous = lexeme;
    tokens.push(...parser.next(lexeme));
    count += 1;
    refusal = checkLimits(count, parser.stack.length, offset) ?? findDirective(tokens.at(-1));
    if (refusal !== null) break;
  }
  brackets.push(...findOpenBrackets(parser));
  if (refusal === null) tokens.push(...parser.end());
  return { tokens, aliases, quotes, brackets, refusal };
}

function findOpenBrackets(parser: Parser): readonly number[] {
  return parser.stack.flatMap((token) => (token.type === "flow-collection" ? [token.start.offset] : []));
}

function checkLimits(count: number, depth: number, offset: number): Finding | null {
  if (count > maxTokens) return { code: "too-large", offset, message: "the file has too many entries" };
  if (depth > maxDepth) {
    return { code: "too-deep", offset, message: `lists and maps are nested deeper than ${maxDepth} levels` };
  }
  return null;
}

function findDirective(token: CST.Token | undefined): Finding | null {
  if (token?.type !== "directive") return null;
  return {
    code: "yaml-syntax",
    offset: token.offset,
    message: "YAML directives are not supported",
    hint: "remove the line; the file is read as YAML 1.2",
  };
}

function refuse(finding: Finding): YamlText {
  return { root: null, findings: [finding] };
}

function explainAlias(offset: number): Finding {
  return {
    code: "yaml-syntax",
    offset,
    message: "a * without quotes starts a YAML alias, and aliases are not supported",
    hint: 'put a name that begins with * in quotes, for example "*.mount"',
  };
}

function explainSecondDocument(offset: number): Finding {
  return {
    code: "yaml-syntax",
    offset,
    message: "a second YAML document begins here",
    hint: "keep one document per file: remove the --- line",
  };
}

/** One mistake can cause several errors of the parser in a row. The first one of a line explains most. */
function keepFirstOfEachLine(findings: readonly Finding[], source: SourceText): readonly Finding[] {
  const byLine = new Map<number, Finding>();
  for (const finding of findings) {
    const line = source.lineOf(finding.offset);
    if (!byLine.has(line)) byLine.set(line, finding);
  }
  return [...byLine.values()];
}
