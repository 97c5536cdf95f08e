/**
 * Tells a service that systemd restarts again and again from one that it has restarted once. Pure.
 *
 * The rule: three automatic restarts or more, none of them more than ten minutes after the one before, are a loop. It is
 * over when ten minutes pass without one, or when the service is started by a job: systemd then counts from 0 again
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
 * Null when the service was not restarted by systemd in the last ten minutes. Where the journal knows no times, the count
 * and the age of the present run decide.
 * @param nowUs microseconds since the epoch
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
