/** What attempts have done to units. The inventory keeps it until the history has it. Pure data only. */
import type { JobVerb } from "./plan.ts";
import type { HealthRules } from "./rules.ts";

/** Something that was done to a unit, or that systemd was asked for and did not do. */
export interface UnitAction {
  readonly unit: string;
  /**
   * `started`, `stopped`, `restarted`, `reloaded`; `failed to start`, and so on; `starting`, `restarting`: its start goes
   * on; `not started`: a condition was not met; `finished`, `failed`: how a start ended that had gone on after the apply;
   * `uninterrupted`: the unit changed, and its process goes on; `pending`: its interruption is left to people.
   */
  readonly action: string;
  readonly because: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * A job that the plan asks for, or that systemd adds to one. It is noted before it is queued, and until its end is
 * recorded.
 */
export interface AskedAction {
  readonly unit: string;
  readonly verb: JobVerb;
  readonly because: string;
  /** When the unit had last begun to start before: InactiveExitTimestamp, microseconds since the epoch; 0 for never. */
  readonly startedAtUs: number;
}

export interface ActionLog {
  /** The number of the first action in `done`, counted over all attempts. With it the history knows which ones it has. */
  readonly first: number;
  readonly asked: readonly AskedAction[];
  /** In the order in which they were done; at most `maxActions`. */
  readonly done: readonly UnitAction[];
}

/** A unit whose start went on when its apply ended. The following rounds watch how it ends. */
export interface UnfinishedUnit {
  readonly unit: string;
  /** When the unit last began to start, microseconds since the epoch; 0 for never. */
  readonly startedAtUs: number;
  /** True when its start has not begun, because it waits for another unit. */
  readonly isQueued: boolean;
  readonly health: HealthRules;
}

export const emptyActionLog: ActionLog = { first: 0, asked: [], done: [] };
