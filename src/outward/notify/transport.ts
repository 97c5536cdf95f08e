/** What a way of sending gets, and what it answers. Contracts only. */
import type { Severity } from "../../core/alerts/severity.ts";
import type { AlertMessage } from "../../core/model/alert.ts";

export interface Outgoing {
  /** The same for each try of one message, also after a restart: the other side can tell a repetition by it. */
  readonly id: string;
  readonly host: string;
  /** When it was made. ISO 8601. */
  readonly at: string;
  /** Null: a message of `gitops-agent notify test`. */
  readonly message: AlertMessage | null;
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  /** Lines of plain text, without the title. */
  readonly text: string;
  /** The same for programs. */
  readonly data: object;
}

/** `answer` is what the other side said. It has no secret. */
export type Answered =
  | { readonly outcome: "sent"; readonly answer: string }
  | { readonly outcome: "refused"; readonly reason: string }
  | { readonly outcome: "later"; readonly reason: string; readonly afterMs: number };

export interface Transport {
  /**
   * Reads the files with secrets, as `send` does.
   * @throws AgentError `integration-secret` that names the file, when one cannot be used
   */
  checkSecrets(): Promise<void>;
  /**
   * Sends one message, within a minute.
   * @throws Error when it may work later; its message has no secret
   */
  send(outgoing: Outgoing, signal: AbortSignal): Promise<Answered>;
}
