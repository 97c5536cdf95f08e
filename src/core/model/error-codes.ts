/** What the agent and its commands make of each error code: one row for each code, and no second table elsewhere. Pure data. */

interface ErrorRow {
  /** What a command that ends with the error exits with, by its name in `ExitCode`. */
  readonly exit: "usage" | "failed" | "unreachable";
  /** The failure is the world's and may pass: the same revision is tried again without anybody asking. */
  readonly isTransient?: true;
  /** The agent must not decide: the host waits for a person, while a revision that is merely wrong waits for a push. */
  readonly needsPerson?: true;
}

const table = {
  usage: { exit: "usage" },
  // A key file or a program that this host lacks: mended on the host, not by a push.
  "config-invalid": { exit: "usage", isTransient: true },
  "repository-invalid": { exit: "failed" },
  "repository-unreachable": { exit: "failed", isTransient: true },
  "revision-not-found": { exit: "failed" },
  "revision-untrusted": { exit: "failed" },
  "clone-damaged": { exit: "failed", isTransient: true },
  "secret-undecryptable": { exit: "failed" },
  "identity-unusable": { exit: "failed" },
  // Of an integration: it does not work, and everything else does.
  "integration-secret": { exit: "failed", isTransient: true },
  "credential-store-unsafe": { exit: "failed", isTransient: true },
  conflict: { exit: "failed" },
  protected: { exit: "failed" },
  "state-unreadable": { exit: "failed" },
  "state-unwritable": { exit: "failed", isTransient: true },
  "host-write-failed": { exit: "failed", isTransient: true },
  "systemd-unreachable": { exit: "failed", isTransient: true },
  "systemd-refused": { exit: "failed", isTransient: true },
  "agent-locked": { exit: "failed" },
  "agent-unreachable": { exit: "unreachable" },
  "history-rewritten": { exit: "failed", needsPerson: true },
  "host-changed": { exit: "failed", needsPerson: true },
  "prune-limit": { exit: "failed", needsPerson: true },
  "not-writable": { exit: "failed" },
  unhealthy: { exit: "failed" },
  "sync-failed": { exit: "failed" },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** Stable identifiers; users may grep and match on them, so they never change meaning. */
export type ErrorCode = keyof typeof table;

export const errorCodes: Readonly<Record<ErrorCode, ErrorRow>> = table;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

/** Whether the same revision is tried again by itself. A code of another release, as a record on disk may have one, is not. */
export function isTransient(code: string): boolean {
  return isErrorCode(code) && errorCodes[code].isTransient === true;
}

/** Whether the host waits for a person. A code of another release does not make it wait. */
export function needsPerson(code: string): boolean {
  return isErrorCode(code) && errorCodes[code].needsPerson === true;
}
