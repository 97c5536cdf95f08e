/** Describes starts that may take long, because the unit allows it. Pure. */
import type { LongStart } from "../model/starts.ts";

/** Sub-state of a service → the commands that it runs in this state (systemd.service(5)). */
const commandOf: Readonly<Record<string, string>> = {
  condition: "ExecCondition=",
  "start-pre": "ExecStartPre=",
  start: "ExecStart=",
  "start-post": "ExecStartPost=",
};

/** Whether a service in this sub-state is starting. */
export function isStarting(subState: string): boolean {
  return commandOf[subState] !== undefined;
}

/** @param startedAtUs microseconds since the epoch */
export function describeWork(subState: string, startedAtUs: number): LongStart {
  const since = new Date(startedAtUs / 1000).toISOString();
  const message = `still running its start (${commandOf[subState]}) since ${since}`;
  return { message, startedAtUs, isQueued: false };
}

/** podman pulls a missing image before it starts the container, and tells systemd only that the container runs. */
export function describePull(startedAtUs: number): LongStart {
  const since = new Date(startedAtUs / 1000).toISOString();
  const message = `still waiting for podman to start the container since ${since}: it may be pulling the image`;
  return { message, startedAtUs, isQueued: false };
}

/** @param startedAtUs when the last earlier start of the waiting unit began, microseconds since the epoch */
export function describeQueued(behind: string, work: LongStart, startedAtUs: number): LongStart {
  return { message: `waits for ${behind}, which is ${work.message}`, startedAtUs, isQueued: true };
}
