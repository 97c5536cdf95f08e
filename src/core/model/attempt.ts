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
 * it, and some units do not work. `refused`: something is wrong with the revision, and nothing was changed. `waiting`:
 * nothing was changed, because a person has to decide about a failure, or because the gate is closed. `blocked`: the host or
 * the repository has a failure (disk, systemd, a key), and the agent tries again by itself. `superseded`: a newer revision came while this one was settling.
 * `rolling-back`: the units do not work, and the host has to go back to the revision before; `blockedBy` says why it could
 * not yet. `rolled-back`: the host is back at the revision before.
 */
export type Phase =
  | { readonly phase: "fetched" | "applying" | "settling" | "applied" | "degraded" }
  | { readonly phase: "refused" | "blocked" | "rolled-back"; readonly failure: SyncFailure }
  | { readonly phase: "waiting"; readonly for: "person"; readonly failure: SyncFailure }
  | WaitingAtGate
  | { readonly phase: "superseded"; readonly by: Revision }
  | {
      readonly phase: "rolling-back";
      readonly failure: SyncFailure;
      readonly blockedBy: SyncFailure | null;
    };

/** What an attempt waits for, although nothing is wrong with its revision. */
export interface Wait {
  /** `suspended`: the host is to be left as it is; `window`: changes may not be made now; `approval`: a person has to approve. */
  readonly for: "suspended" | "window" | "approval";
  /** When the wait ends by itself. ISO 8601; null: only a person ends it. */
  readonly until: string | null;
}

export interface WaitingAtGate extends Wait {
  readonly phase: "waiting";
  readonly would: PlannedChange;
}

/** What an attempt would do as soon as it may go on, as planned when it began to wait. */
export interface PlannedChange {
  /** Number of steps of the plan. */
  readonly steps: number;
  /** The units that it would interrupt, the first ones only. */
  readonly interrupts: readonly string[];
}

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
  /** The phases that are over, in their order. Absent in records of earlier versions. */
  readonly took?: readonly PhaseTime[];
}

export interface PhaseTime {
  readonly phase: PhaseName;
  /** Milliseconds by the clock of the host, which may have been set meanwhile. */
  readonly ms: number;
}

export type Attempt = AttemptFacts & Phase;
