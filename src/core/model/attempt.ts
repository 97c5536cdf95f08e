/**
 * One try to bring the host to a revision, and where it is. Persisted as it is; status, history, API, exit codes and events
 * are views of it. Pure data only.
 */

import type { SyncFailure } from "./failure.ts";
import type { Revision } from "./revision.ts";

/**
 * Why a round runs: the agent has just started, a person asked for it, a push was noticed, or the time had come. In this
 * order the one counts that an attempt is put down to.
 */
export type Cause = "asked" | "start" | "push" | "time";

/**
 * `fetched`: it is the tip, and nothing was done yet. `applying`: the host is being changed. `settling`: what was started has
 * to prove that it works. `applied`, `degraded`: it is on the host, and all units work, or some do not. `refused`: something
 * is wrong with the revision, and nothing was changed. `waiting`: nothing was changed either, until a person decides.
 * `blocked`: the world is in the way (disk, systemd, a key), and it is tried again by itself. `superseded`: a newer revision
 * came while it was settling. `rolling-back`: its units do not work, and the host has to go back to the revision before;
 * `blockedBy` says why it is not there yet. `rolled-back`: it is there.
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
  /** Who signed it; null when no signature was asked for, or none was found. */
  readonly signedBy: string | null;
  /** ISO 8601. */
  readonly beganAt: string;
  /** When it came to the phase that it is in. ISO 8601. */
  readonly phaseAt: string;
}

export type Attempt = AttemptFacts & Phase;
