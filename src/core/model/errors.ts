/**
 * Typed errors and diagnostics, the only ways in which this program says that something is wrong.
 * Must not print, exit, or know who shows them.
 */

import { type ErrorCode, errorCodes } from "./error-codes.ts";

/** Exit codes of the command (documented in docs/cli.md). */
export const ExitCode = {
  inSync: 0,
  differences: 1,
  usage: 2,
  failed: 3,
  unreachable: 4,
  bug: 70,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface AgentErrorDetails {
  /** The file, unit, URL or secret that the error is about. */
  readonly subject?: string;
  /** One sentence: what the reader can do now. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly diagnostics?: readonly Diagnostic[];
}

/** An expected failure: bad input or a world that does not answer. Anything else that is thrown is a bug. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: ErrorCode;
  readonly subject: string | undefined;
  readonly hint: string | undefined;
  readonly diagnostics: readonly Diagnostic[];

  constructor(code: ErrorCode, message: string, details: AgentErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.subject = details.subject;
    this.hint = details.hint;
    this.diagnostics = details.diagnostics ?? [];
  }
}

/** A place in a file; without a line the file as a whole. */
export interface Place {
  readonly file: string;
  /** Counts from 1. */
  readonly line?: number;
}

/** One finding about one place in a file. */
export interface Diagnostic extends Place {
  readonly severity: "error" | "warning";
  readonly code: string;
  /** Counts from 1. */
  readonly column?: number;
  readonly message: string;
  readonly hint?: string;
  /** The text of the line, so that a report can show it with a caret. */
  readonly sourceLine?: string;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

/** Without those that say the same of the same line: several hosts, checks or runs find it. */
export function dropRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const identify = ({ file, line, code, message }: Diagnostic) => `${file}:${line}:${code}:${message}`;
  return [...new Map(diagnostics.map((diagnostic) => [identify(diagnostic), diagnostic])).values()];
}

/** The exit code that an error ends the command with. Unknown errors are bugs. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof AgentError)) return ExitCode.bug;
  return ExitCode[errorCodes[error.code].exit];
}
