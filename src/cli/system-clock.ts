/** The clock of this host. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/ports/run.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    // An abort ends the waiting; it is not a failure.
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};
