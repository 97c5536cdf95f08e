/** Counts the processes that this one starts, by whatever library. */
import { subscribe } from "node:diagnostics_channel";

/**
 * Counts from now on, as long as this process lives.
 * @returns reads the count
 */
export function countProcesses(): () => number {
  let count = 0;
  subscribe("child_process", () => {
    count += 1;
  });
  return () => count;
}
