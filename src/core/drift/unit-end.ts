/** Says in words for people how a run of a unit ended. Pure. */
import type { MainExit } from "../model/unit-status.ts";

/** systemd's word for the result (Result in org.freedesktop.systemd1(5)) → words for people. */
const meanings: Readonly<Record<string, string>> = {
  watchdog: "killed by its watchdog",
  timeout: "it took too long",
  "oom-kill": "out of memory",
  "start-limit-hit": "started too often",
  success: "it ended by itself",
};

/**
 * How a run ended, in a few words that can be put in brackets; empty when nothing is known.
 * @param result systemd's word; null for types that have none
 * @param exit how the main process ended; null when there is none
 */
export function describeEnd(result: string | null, exit: MainExit | null): string {
  if (result === null || result === "") return "";
  const meaning = meanings[result];
  if (meaning !== undefined) return meaning;
  if (exit === null) return result;
  if (result === "exit-code" && exit.how === "exited") return `exit status ${exit.status}`;
  if (result === "signal" || result === "core-dump") return `killed by signal ${exit.status}`;
  return result;
}
