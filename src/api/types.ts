/** What the daemon and its clients say to each other over the two unix sockets. Pure data. */
import type { Revision } from "../core/state.ts";
import type { SyncFailure, UnitFailure } from "../core/sync-record.ts";

/** Every body carries it; a client refuses one that it does not know. */
export const apiVersion = 1;

/** File names below the runtime directory. Who may connect is decided by their permissions alone. */
export const socketNames = { status: "status.sock", control: "control.sock" } as const;

export const statusPath = "/v1/status";
export const syncPath = "/v1/sync";
/** As `syncPath`: also of a revision that was rolled back, also of a history that was rewritten. */
export const retryPath = "/v1/sync/retry";
export const acceptRewritePath = "/v1/sync/accept-rewrite";

export type SyncMode = "asked" | "retry" | "accept-rewrite";

/** The answer to `POST /v1/sync`, given when the sync has ended. */
export type SyncOutcome =
  | {
      readonly version: 1;
      /** `unchanged`: the host was already as the revision wants it. */
      readonly outcome: "applied" | "unchanged";
      readonly revision: Revision;
      /** Units that failed all the same; then the host is degraded. */
      readonly failedUnits: readonly UnitFailure[];
    }
  | { readonly version: 1; readonly outcome: "failed"; readonly failure: SyncFailure };

/** The body of every answer whose HTTP status is not 200. */
export interface ErrorReply {
  readonly version: 1;
  readonly error: {
    /** An ErrorCode, or one of the protocol's own: not-found, method-not-allowed, bad-request, bug. */
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
  };
}
