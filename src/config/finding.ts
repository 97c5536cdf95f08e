/** A finding before its place is known by line and column: what the stages of this room hand to each other. */

export type FindingCode =
  | "too-large"
  | "too-deep"
  | "yaml-syntax"
  | "duplicate-key"
  | "unknown-key"
  | "missing-key"
  | "wrong-type"
  | "invalid-value";

export interface Finding {
  readonly code: FindingCode;
  /** UTF-16 code units from the start of the text. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

const maxQuotedLength = 60;

/** A name from a file, quoted and cut for a message. */
export function quote(name: string): string {
  return JSON.stringify(name.length > maxQuotedLength ? `${name.slice(0, maxQuotedLength)}…` : name);
}
