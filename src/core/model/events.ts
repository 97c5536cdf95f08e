/**
 * Everything that the agent reports while it works, as one union. All sinks, such as the log, get these events. Names are
 * `noun.past`. Must not contain a secret.
 */

import type { Wait } from "./attempt.ts";
import type { DriftRecord } from "./drift.ts";
import type { Diagnostic } from "./errors.ts";
import type { SyncFailure } from "./failure.ts";
import type { Revision } from "./revision.ts";
import type { RoundFigures, RoundPhase } from "./round-figures.ts";

export type AgentEvent =
  | {
      readonly type: "agent.started";
      readonly version: string;
      readonly host: string;
      readonly repository: string;
    }
  | { readonly type: "agent.stopped"; readonly reason: string }
  | { readonly type: "agent.warned"; readonly message: string; readonly reason: string }
  /** A sink begins to lose events; a sink works again, with the number of events that it has lost. */
  | { readonly type: "sink.failed"; readonly sink: string; readonly reason: string }
  | { readonly type: "sink.recovered"; readonly sink: string; readonly lost: number }
  /** A part of the state cannot be written, reported once; all of the state is on disk again. */
  | { readonly type: "state.failed"; readonly failure: SyncFailure }
  | { readonly type: "state.recovered"; readonly since: string }
  /** What a round has cost. Only with the log level `debug`. */
  | { readonly type: "round.measured"; readonly figures: RoundFigures }
  /** A round comes to another part of its work. Only with the log level `debug`, and in the event stream. */
  | { readonly type: "round.entered"; readonly phase: RoundPhase }
  | { readonly type: "repository.polled"; readonly revision: Revision; readonly news: boolean }
  | { readonly type: "repository.failed"; readonly failure: SyncFailure; readonly first: boolean }
  | { readonly type: "repository.recovered"; readonly since: string }
  | { readonly type: "revision.attempted"; readonly revision: Revision; readonly steps: number }
  | { readonly type: "revision.warned"; readonly diagnostic: Diagnostic }
  | {
      readonly type: "revision.applied";
      readonly revision: Revision;
      readonly durationMs: number;
      readonly interrupted: number;
    }
  | { readonly type: "revision.degraded"; readonly revision: Revision; readonly units: readonly string[] }
  | { readonly type: "revision.rejected"; readonly revision: Revision | null; readonly failure: SyncFailure }
  | {
      readonly type: "revision.rolledBack";
      readonly from: Revision;
      readonly to: Revision;
      readonly failedUnits: readonly string[];
    }
  /** It is trusted, and waits at the gate. Reported when the wait begins. */
  | { readonly type: "revision.waiting"; readonly revision: Revision; readonly wait: Wait }
  | { readonly type: "revision.approved"; readonly by: string; readonly commit: string }
  | {
      readonly type: "host.suspended";
      readonly by: string;
      readonly because: string | null;
      readonly until: string | null;
    }
  /** A person went back to an earlier revision. */
  | {
      readonly type: "host.pinned";
      readonly by: string;
      readonly because: string | null;
      readonly commit: string;
    }
  /** The host is no longer suspended or pinned. `by` is null when no person has ended that. */
  | { readonly type: "host.resumed"; readonly by: string | null; readonly because: string | null }
  /** A newer revision came while the units of this one were watched. */
  | { readonly type: "revision.superseded"; readonly revision: Revision; readonly by: Revision }
  | {
      readonly type: "rollback.failed";
      readonly from: Revision;
      readonly to: Revision;
      readonly failure: SyncFailure;
      /** False when the rollback has failed for the same reason before. */
      readonly first: boolean;
    }
  | { readonly type: "credentials.activated"; readonly generation: string; readonly count: number }
  | {
      readonly type: "file.written";
      readonly path: string;
      readonly unit: string | null;
      readonly because: string;
    }
  | { readonly type: "file.adopted"; readonly path: string; readonly unit: string | null }
  | {
      readonly type: "file.deleted";
      readonly path: string;
      readonly unit: string | null;
      readonly because: string;
    }
  | {
      readonly type: "file.restored";
      readonly path: string;
      readonly unit: string | null;
      readonly because: string;
    }
  | { readonly type: "file.saved"; readonly path: string; readonly backup: string }
  | { readonly type: "manager.reloaded" }
  | {
      readonly type: "unit.started" | "unit.stopped" | "unit.restarted" | "unit.reloaded";
      readonly unit: string;
      readonly because: string;
    }
  | {
      readonly type: "hook.ran";
      /** The transient unit that it ran in, and whose journal has its output. */
      readonly unit: string;
      readonly command: readonly string[];
      readonly because: string;
    }
  | { readonly type: "unit.takenAlong"; readonly unit: string; readonly because: string }
  | { readonly type: "unit.skipped"; readonly unit: string; readonly because: string }
  | { readonly type: "unit.unfinished"; readonly unit: string; readonly message: string }
  | { readonly type: "unit.finished"; readonly unit: string; readonly message: string }
  | { readonly type: "unit.failed"; readonly unit: string; readonly message: string }
  | {
      readonly type: "unit.spared";
      readonly unit: string;
      readonly because: string;
      readonly pending: boolean;
    }
  /** It was put back by the agent, and the look after that did not find it any more. */
  | { readonly type: "drift.corrected"; readonly drift: DriftRecord }
  /** It was put back, and did not stay so. From now on it is put back more and more rarely. */
  | { readonly type: "drift.stalled"; readonly drift: DriftRecord; readonly nextAt: string }
  | DriftNews;

export type DriftNews =
  | SingleNews
  /** Many of one kind of news at one look, as one. */
  | {
      readonly type: "drift.burst";
      readonly of: "detected" | "changed" | "reminded" | "resolved";
      /** The one that weighs most. */
      readonly drift: DriftRecord;
      readonly count: number;
      /** The first units and paths, at most ten. */
      readonly names: readonly string[];
    };

/** A difference between the host and what was applied: it is there, it changed, it is still there, it is over. */
export interface SingleNews {
  readonly type: "drift.detected" | "drift.changed" | "drift.reminded" | "drift.resolved";
  readonly drift: DriftRecord;
}
