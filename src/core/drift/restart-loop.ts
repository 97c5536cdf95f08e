/**
 * Tells a service that systemd restarts again and again from one that it has restarted once. Pure.
 *
 * The rule: three or more automatic restarts are a loop, if each comes at most ten minutes after the one before. The loop
 * is over when there is no restart for ten minutes, or when a job starts the service: then systemd counts from 0 again
 * (NRestarts, org.freedesktop.systemd1(5)).
 */
import type { AutomaticRestart, ServiceStatus } from "../model/unit-status.ts";

export const restartGapUs = 10 * 60 * 1_000_000;
const fewestOfLoop = 3;

export interface RestartJudgement {
  readonly isLoop: boolean;
  /** The newest automatic restart; null when the journal does not know it. */
  readonly last: AutomaticRestart | null;
}

/**
 * Judges the automatic restarts of a service. If the journal has no times, it uses their number and the age of the present
 * run.
 * @param nowUs microseconds since the epoch
 * @returns null when systemd has not restarted the service in the last ten minutes
 */
export function judgeRestarts(service: ServiceStatus, nowUs: number): RestartJudgement | null {
  if (service.nRestarts === 0) return null;
  const known = service.restarts.slice(-service.nRestarts);
  const last = known.at(-1) ?? null;
  if (nowUs - (last?.atUs ?? service.mainStartUs) >= restartGapUs) return null;
  const inRow = last === null ? service.nRestarts : countInRow(known);
  return { isLoop: inRow >= fewestOfLoop, last };
}

function countInRow(restarts: readonly AutomaticRestart[]): number {
  let count = 0;
  let laterUs: number | null = null;
  for (const { atUs } of [...restarts].reverse()) {
    if (laterUs !== null && laterUs - atUs > restartGapUs) break;
    count += 1;
    laterUs = atUs;
  }
  return count;
}
