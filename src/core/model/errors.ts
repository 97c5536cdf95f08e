/**
 * Typed errors and diagnostics: the only two ways in which this program reports that something is wrong. Must not print or
 * exit, and must not know how they are shown.
 */

import { type ErrorCode, errorCodes } from "./error-codes.ts";

/** The exit codes of the command (docs/cli.md). */
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

/** An expected failure: bad input, or a host or repository that does not work. Any other error that is thrown is a bug. */
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

/** A place in a file; without a line, the whole file. */
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
  /** The text of the line. A report shows it with a mark below the column. */
  readonly sourceLine?: string;
}

/** Whether one of the diagnostics is an error, and not a warning. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

/** Without those that say the same of the same line: several hosts, checks or runs find it. */
export function dropRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const identify = ({ file, line, code, message }: Diagnostic) => `${file}:${line}:${code}:${message}`;
  return [...new Map(diagnostics.map((diagnostic) => [identify(diagnostic), diagnostic])).values()];
}

/** The exit code of a command that ends with this error. An error that is no AgentError is a bug. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof AgentError)) return ExitCode.bug;
  return ExitCode[errorCodes[error.code].exit];
}
