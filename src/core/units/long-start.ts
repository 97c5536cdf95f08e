/** A start that systemd lets go on for as long as its unit allows. Pure. */
import type { LongStart } from "../model/starts.ts";

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
