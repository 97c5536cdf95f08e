/** A start that systemd lets go on for as long as its unit allows, and how the inventory remembers it. Pure. */
import type { UnfinishedUnit } from "./action-types.ts";
import type { Inventory } from "./state.ts";

/** The start of a oneshot that works, or a start that waits for one. */
export interface LongStart {
  /** `still running its start (ExecStart=) since 2026-01-01T00:00:00.000Z`. */
  readonly message: string;
  /** When the unit last began to start, microseconds since the epoch; 0 for never. */
  readonly startedAtUs: number;
  /** True while its own start has not begun. */
  readonly isQueued: boolean;
}

/** By sub-state of a service, the commands that it runs then (systemd.service(5)). */
const commandOf: Readonly<Record<string, string>> = {
  condition: "ExecCondition=",
  "start-pre": "ExecStartPre=",
  start: "ExecStart=",
  "start-post": "ExecStartPost=",
};

/** Whether the sub-state of a service is one of its start. */
export function isStarting(subState: string): boolean {
  return commandOf[subState] !== undefined;
}

/** @param startedAtUs microseconds since the epoch */
export function describeWork(subState: string, startedAtUs: number): LongStart {
  const since = new Date(startedAtUs / 1000).toISOString();
  const message = `still running its start (${commandOf[subState]}) since ${since}`;
  return { message, startedAtUs, isQueued: false };
}

/** @param startedAtUs when the waiting unit had last begun to start before */
export function describeQueued(behind: string, work: LongStart, startedAtUs: number): LongStart {
  return { message: `waits for ${behind}, which is ${work.message}`, startedAtUs, isQueued: true };
}

/**
 * After an apply: who is to be watched on. Units that it did not touch are watched as before, as long as they are known.
 * @param touched units that the apply interrupted or started
 */
export function recordUnfinished(
  applied: Inventory,
  touched: readonly string[],
  unfinished: readonly UnfinishedUnit[],
): Inventory {
  const kept = applied.unfinished.filter(
    ({ unit }) => !touched.includes(unit) && applied.units[unit] !== undefined,
  );
  return { ...applied, unfinished: [...kept, ...unfinished] };
}
