/**
 * How a unit does, as tables and `--json` show it. Shared by the room that reads it and those that present it. Pure.
 */
import type { ActiveState } from "./unit-state.ts";

/** A unit at one moment. Times are microseconds since the epoch (CLOCK_REALTIME), 0 for never. */
export interface UnitStatus {
  /** The unit's main name, also when it was asked for by an alias. */
  readonly name: string;
  readonly description: string;
  /** `loaded`, `not-found`, `masked`, `bad-setting`, …; `template` for a template, which systemd has no state of. */
  readonly loadState: string;
  readonly activeState: ActiveState;
  readonly subState: string;
  /** Type of the queued job, null without one. */
  readonly job: string | null;
  /** Of the present run, 32 hex digits; null while the unit is down. */
  readonly invocationId: string | null;
  /** What kept its last start from taking place (`Condition…=`, `Assert…=`); null for nothing, and while it is up. */
  readonly unmet: "condition" | "assertion" | null;
  /** `enabled`, `static`, `masked`, …; null for a unit without a file, and for one that systemd has on disk only. */
  readonly unitFileState: string | null;
  /** When it last became active. */
  readonly activeEnterUs: number;
  /** When it last began to go down. */
  readonly activeExitUs: number;
  /** When it last became inactive or failed. */
  readonly inactiveEnterUs: number;
  /** When its state last changed. */
  readonly stateChangeUs: number;
  /** How its last run ended: `success`, `exit-code`, `signal`, `timeout`, …; null for types that have no result (targets, slices). */
  readonly result: string | null;
  /** Bytes; null when it has no control group or nobody counts. */
  readonly memoryCurrentBytes: number | null;
  /** CPU time, nanoseconds; null when it has no control group or nobody counts. */
  readonly cpuUsageNs: number | null;
  /** Null for every type but services. */
  readonly service: ServiceStatus | null;
  /** Null for every type but timers. */
  readonly timer: TimerStatus | null;
}

export interface ServiceStatus {
  /** Null while it has no main process. */
  readonly mainPid: number | null;
  /** How the main process ended last; null while it runs or when it never did. */
  readonly mainExit: MainExit | null;
  /** Automatic restarts (`Restart=`) since it was last started by hand or by a job. */
  readonly nRestarts: number;
  /** The newest of them, oldest first, as far as the journal tells; looked up only where one was in the last ten minutes. */
  readonly restarts: readonly AutomaticRestart[];
  /** When the last main process began and ended; with both, how long it took. */
  readonly mainStartUs: number;
  readonly mainEndUs: number;
}

/** How the run before the restart ended. */
export interface AutomaticRestart {
  /** When systemd queued it. */
  readonly atUs: number;
  /** As the Result property; `success` for a run that ended well. */
  readonly result: string;
  readonly exit: MainExit | null;
}

/** `status` is the exit status for `exited`, the number of the signal for the others. */
export interface MainExit {
  readonly how: "exited" | "killed" | "dumped";
  readonly status: number;
}

/**
 * Since when the unit is up, or down: a reload is no new run, and a daemon-reload nobody's news.
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

export interface TimerStatus {
  /** The unit that it starts. */
  readonly triggers: string;
  /**
   * When it elapses next; null when it will not by itself. Microseconds since the epoch, also for timers that count
   * from an event (OnBootSec=): the moment is converted with the clocks of the reading, so it shifts when the clock is set.
   */
  readonly nextElapseUs: number | null;
  /** When it last started its unit; 0 for never. */
  readonly lastTriggerUs: number;
}

/** What one line of systemd's list of units says. */
export interface UnitGlance {
  readonly activeState: ActiveState;
  readonly subState: string;
  /** Type of the queued job, null without one. */
  readonly job: string | null;
}
