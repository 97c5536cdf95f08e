/**
 * One try to bring the host to a revision, and the phase that it is in. It is saved as it is. Status, history, API, exit
 * codes and events are made from it. Pure data only.
 */

import type { SyncFailure } from "./failure.ts";
import type { Revision } from "./revision.ts";

/**
 * Why a round runs: a person asked for it, the agent has just started, a push was noticed, or the interval was over. If
 * several apply, the first of these is used.
 */
export type Cause = "asked" | "start" | "push" | "time";

/**
 * `fetched`: the revision is the tip, and nothing was done yet. `applying`: the host is being changed. `settling`: the
 * units that were started are watched. `applied`: the host has the revision, and all units work. `degraded`: the host has
 * it, and some units do not work. `refused`: something is wrong with the revision, and nothing was changed. `waiting`: a
 * person has to decide, and nothing was changed. `blocked`: the host or the repository has a failure (disk, systemd, a
 * key), and the agent tries again by itself. `superseded`: a newer revision came while this one was settling.
 * `rolling-back`: the units do not work, and the host has to go back to the revision before; `blockedBy` says why it could
 * not yet. `rolled-back`: the host is back at the revision before.
 */
export type Phase =
  | { readonly phase: "fetched" | "applying" | "settling" | "applied" | "degraded" }
  | { readonly phase: "refused" | "blocked" | "rolled-back"; readonly failure: SyncFailure }
  | { readonly phase: "waiting"; readonly for: "person"; readonly failure: SyncFailure }
  | { readonly phase: "superseded"; readonly by: Revision }
  | {
      readonly phase: "rolling-back";
      readonly failure: SyncFailure;
      readonly blockedBy: SyncFailure | null;
    };

export type PhaseName = Phase["phase"];

export interface AttemptFacts {
  readonly revision: Revision;
  readonly cause: Cause;
  /** The signer; null when no signature was required, or none was found. */
  readonly signedBy: string | null;
  /** ISO 8601. */
  readonly beganAt: string;
  /** When the present phase began. ISO 8601. */
  readonly phaseAt: string;
}

export type Attempt = AttemptFacts & Phase;
