/**
 * Typed errors and diagnostics, the only ways in which this program says that something is wrong.
 * Must not print, exit, or know who shows them.
 */

/** Stable identifiers; users may grep and match on them, so they never change meaning. */
export type ErrorCode =
  | "usage"
  | "config-invalid"
  | "repository-invalid"
  | "repository-unreachable"
  | "revision-not-found"
  | "revision-untrusted"
  | "clone-damaged"
  | "secret-undecryptable"
  | "identity-unusable"
  | "credential-store-unsafe"
  | "conflict"
  | "protected"
  | "state-unreadable"
  | "state-unwritable"
  | "host-write-failed"
  | "systemd-unreachable"
  | "systemd-refused"
  | "agent-locked"
  | "agent-unreachable"
  | "history-rewritten"
  | "host-changed"
  | "prune-limit"
  | "not-writable"
  | "unhealthy"
  | "sync-failed";

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

const usageCodes: ReadonlySet<ErrorCode> = new Set(["usage", "config-invalid"]);

/** The exit code that an error ends the command with. Unknown errors are bugs. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof AgentError)) return ExitCode.bug;
  if (usageCodes.has(error.code)) return ExitCode.usage;
  if (error.code === "agent-unreachable") return ExitCode.unreachable;
  return ExitCode.failed;
}
