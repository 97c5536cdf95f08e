/**
 * The state of a unit, as tables and `--json` show it. Pure.
 */
import type { ListedUnit } from "./unit-state.ts";

/** A unit as status and health see it. Times are microseconds since the epoch (CLOCK_REALTIME), 0 for never. */
export interface UnitStatus extends ListedUnit {
  /** Of the present run, 32 hex digits; null while the unit is down. */
  readonly invocationId: string | null;
  /** Which kind of check prevented its last start (`Condition…=`, `Assert…=`); null for none, and while it is up. */
  readonly unmet: "condition" | "assertion" | null;
  /** When it last became active. */
  readonly activeEnterUs: number;
  /** When it last began to go down. */
  readonly activeExitUs: number;
  /** When it last became inactive or failed. */
  readonly inactiveEnterUs: number;
  /** When its state last changed. */
  readonly stateChangeUs: number;
  /**
   * How its last run ended: `success`, `exit-code`, `signal`, `timeout`, …; null for types that have no result (targets,
   * slices).
   */
  readonly result: string | null;
  /** Bytes; null when it has no control group or systemd does not count them. */
  readonly memoryCurrentBytes: number | null;
  /** CPU time, nanoseconds; null when it has no control group or systemd does not count it. */
  readonly cpuUsageNs: number | null;
  /** Null for every type but services. */
  readonly service: ServiceStatus | null;
  /** Null for every type but timers. */
  readonly timer: TimerStatus | null;
}

export interface ServiceStatus {
  /** How the main process ended last; null while it runs or when it never did. */
  readonly mainExit: MainExit | null;
  /** Automatic restarts (`Restart=`) since it was last started by hand or by a job. */
  readonly nRestarts: number;
  /** The newest of them, oldest first, if the journal has them. Read only when there was one in the last ten minutes. */
  readonly restarts: readonly AutomaticRestart[];
  /** When the last main process began and ended. */
  readonly mainStartUs: number;
  readonly mainEndUs: number;
}

/** One restart by systemd, with how the run before it ended. */
export interface AutomaticRestart {
  /** When systemd queued the restart. */
  readonly atUs: number;
  /** The Result property of the run before; `success` when it ended well. */
  readonly result: string;
  readonly exit: MainExit | null;
}

/** How a main process ended. `status` is the exit status for `exited`, and the number of the signal for the others. */
export interface MainExit {
  readonly how: "exited" | "killed" | "dumped";
  readonly status: number;
}

/**
 * Since when the unit is up, or down. A reload of the unit and a daemon-reload do not change this.
 * @returns microseconds since the epoch; 0 for a unit that never ran
 */
export function findSinceUs(unit: UnitStatus): number {
  switch (unit.activeState) {
    case "active":
    case "reloading":
    case "refreshing":
      return unit.activeEnterUs || unit.stateChangeUs;
    case "inactive":
    case "failed":
      return unit.inactiveEnterUs;
    default:
      return unit.stateChangeUs;
  }
}

/**
 * ISO 8601; null for 0, which is never.
 * @param timeUs microseconds since the epoch
 */
export function formatUs(timeUs: number): string | null {
  return timeUs === 0 ? null : new Date(timeUs / 1_000).toISOString();
}

export interface TimerStatus {
  /**
   * When the timer elapses next, microseconds since the epoch; null when it does not elapse by itself. For timers that
   * count from an event (OnBootSec=) the time is converted with the present clock, so it shifts when the clock is set.
   */
  readonly nextElapseUs: number | null;
  /** When it last started its unit; 0 for never. */
  readonly lastTriggerUs: number;
}

/** What decides whether a unit needs a closer look. */
export type UnitGlance = Pick<ListedUnit, "activeState" | "subState" | "job">;
