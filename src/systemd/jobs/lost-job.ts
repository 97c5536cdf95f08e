/**
 * Judges how a job ended when systemd could not tell it, by the state of its unit afterwards. Pure.
 */
import type { JobVerb } from "../../core/model/plan.ts";
import type { ActiveState } from "../../core/model/unit-state.ts";

/** The unit after the job. Times are CLOCK_MONOTONIC microseconds. */
export interface UnitAfterJob {
  readonly activeState: ActiveState;
  readonly subState: string;
  /** InactiveExitTimestampMonotonic: when it last began to start. */
  readonly startedAtUs: number;
  /** StateChangeTimestampMonotonic. */
  readonly changedAtUs: number;
}

export interface Judgement {
  readonly result: "done" | "failed" | "unknown";
  readonly message?: string;
}

/**
 * `done` or `failed` only where the unit's state proves it, `unknown` otherwise. An active service, for example, does
 * not prove that a restart took place: it may never have been queued.
 * @param askedAtUs when the job was asked for, CLOCK_MONOTONIC microseconds
 */
export function judgeLostJob(verb: JobVerb, unit: UnitAfterJob, askedAtUs: number): Judgement {
  const { activeState, startedAtUs, changedAtUs } = unit;
  const isDown = activeState === "inactive" || activeState === "failed";
  if (verb === "stop" && isDown) return { result: "done" };
  if ((verb === "start" || verb === "restart") && activeState === "failed" && changedAtUs >= askedAtUs) {
    return { result: "failed" };
  }
  if (verb === "start" && activeState === "active") return { result: "done" };
  const hasStartedSince = startedAtUs >= askedAtUs;
  // Started since then and inactive again without a failure: a oneshot that has done its work.
  const hasRun = hasStartedSince && (activeState === "active" || activeState === "inactive");
  if ((verb === "start" || verb === "restart") && hasRun) return { result: "done" };
  return {
    result: "unknown",
    message: `the connection to systemd broke during the ${verb} job, so how it ended is not known; the unit is now ${activeState} (${unit.subState})`,
  };
}
