/** A start that systemd lets go on for as long as its unit allows. Pure. */

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
