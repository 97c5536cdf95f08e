/** When a timer elapses next. Pure. */
import type { ClockReading } from "./clocks.ts";

/**
 * Joins a timer's two properties into one moment, microseconds since the epoch: the earlier of the next calendar
 * event and the next monotonic one; null when there is neither. systemd writes "none" as 0 or as its infinity
 * (org.freedesktop.systemd1(5), NextElapseUSecRealtime, NextElapseUSecMonotonic). The second one counts on
 * CLOCK_MONOTONIC, also for WakeSystem= timers.
 * @param realtimeUs null: infinity
 * @param monotonicUs null: infinity
 */
export function findNextElapse(
  realtimeUs: number | null,
  monotonicUs: number | null,
  now: ClockReading,
): number | null {
  const moments = [
    isSet(realtimeUs) ? realtimeUs : null,
    isSet(monotonicUs) ? now.realtimeUs + (monotonicUs - now.monotonicUs) : null,
  ].filter((moment) => moment !== null);
  return moments.length === 0 ? null : Math.min(...moments);
}

function isSet(moment: number | null): moment is number {
  return moment !== null && moment > 0;
}
