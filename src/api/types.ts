/** The messages between the daemon and its clients over the two unix sockets. Pure data. */

import type { SyncFailure, UnitFailure } from "../core/model/failure.ts";
import type { Revision } from "../core/model/revision.ts";

/** The version in every body. A client refuses a body with another version. */
export const apiVersion = 1;

/** File names below the runtime directory. Only the permissions of the sockets decide which users may connect. */
export const socketNames = { status: "status.sock", control: "control.sock" } as const;

export const statusPath = "/v1/status";
export const historyPath = "/v1/history";
/** Its query is `follow=no` for the kept events alone; the field Last-Event-ID, or `after`, names the last event that is known. */
export const eventsPath = "/v1/events";
/** Its query is `name`: a unit. */
export const unitPath = "/v1/unit";
/**
 * Its query is a SyncRequest: `mode` once for each of `modes`, `adopt` for each path, `correct` for each unit or path, and
 * `decision` for each decision, as JSON.
 */
export const syncPath = "/v1/sync";
/** The mode in the query of a plain sync, which has none of the modes of a SyncRequest. */
export const plainMode = "asked";

/** The name in the query that means all units and paths. No unit has it, as each has a type after a dot. */
export const everything = "all";

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
  | {
      readonly version: 1;
      /** Nothing is wrong, and nothing was done. */
      readonly outcome: "waiting";
      readonly revision: Revision;
      /** Completes the sentence that begins with the revision, and what ends the wait. */
      readonly message: string;
      readonly hint: string;
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
