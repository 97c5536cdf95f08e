/** What attempts do to units, as the inventory remembers it until the history has it. Pure data only. */
import type { JobVerb } from "./plan.ts";
import type { HealthRules } from "./rules.ts";

/** Something that was done to a unit, or that systemd did not do. */
export interface UnitAction {
  readonly unit: string;
  /**
   * `started`, `stopped`, `restarted`, `reloaded`, or `failed to …` of these; `starting`, `restarting`: its start goes on;
   * `not started`: a condition is not met; `finished`, `failed`: how a start ended that had gone on.
   */
  readonly action: string;
  readonly because: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A job that systemd is asked for, or that comes with one, from before it is queued until its end is recorded. */
export interface AskedAction {
  readonly unit: string;
  readonly verb: JobVerb;
  readonly because: string;
  /** When the unit had last begun to start before: InactiveExitTimestamp, microseconds since the epoch; 0 for never. */
  readonly startedAtUs: number;
}

export interface ActionLog {
  /** The number of the first of `done`, counted over all attempts: so the history knows which ones it has. */
  readonly first: number;
  readonly asked: readonly AskedAction[];
  /** In the order in which they were done; at most `maxActions`. */
  readonly done: readonly UnitAction[];
}

/** A unit whose start went on when its apply ended: the rounds after that look how it ends. */
export interface UnfinishedUnit {
  readonly unit: string;
  /** When it had last begun to start, microseconds since the epoch; 0 for never. */
  readonly startedAtUs: number;
  /** True when its start had not begun, because it waits for another unit. */
  readonly isQueued: boolean;
  readonly health: HealthRules;
}

export const emptyActionLog: ActionLog = { first: 0, asked: [], done: [] };
