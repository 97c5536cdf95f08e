/**
 * What the journal says about automatic restarts: when they were, and how the runs before them ended. systemd's properties
 * only count the restarts, and lose the cause when the next run begins. Must not judge.
 */
import type { AutomaticRestart, MainExit } from "../../core/model/unit-status.ts";
import { type Journal, parseEntries } from "./journal.ts";

// sd-messages.h: UNIT_PROCESS_EXIT, UNIT_FAILURE_RESULT and UNIT_RESTART_SCHEDULED.
const processExit = "98e322203f7a4ed290d09fe03c09fe15";
const failureResult = "d9b373ed55a64feb8242e02dbe79a49c";
const restartScheduled = "5eb03494b6584870a536b337290809b3";

const maxEntries = 4000;

/** Unit → its automatic restarts, oldest first. */
export type RestartsByUnit = ReadonlyMap<string, readonly AutomaticRestart[]>;

/**
 * The automatic restarts since a moment; null when the journal cannot be read.
 * @param units empty: all units
 * @param sinceUs CLOCK_REALTIME, microseconds since the epoch
 */
export async function readRestarts(
  journal: Journal,
  units: readonly string[],
  sinceUs: number,
): Promise<RestartsByUnit | null> {
  const messages = [processExit, failureResult, restartScheduled];
  const { aboutUnit } = journal;
  const output = await journal.query({
    matches: [...messages.map((id) => `MESSAGE_ID=${id}`), ...units.map((unit) => `${aboutUnit}=${unit}`)],
    fields: [aboutUnit, "MESSAGE_ID", "UNIT_RESULT", "EXIT_CODE", "EXIT_STATUS"],
    sinceUs,
    limit: maxEntries,
  });
  return output === null ? null : parseRestarts(output, aboutUnit);
}

/** As `listRestarted` of ManagerPort. */
export async function listRestarted(journal: Journal, sinceUs: number): Promise<readonly string[] | null> {
  const restarts = await readRestarts(journal, [], sinceUs);
  return restarts === null ? null : [...restarts.keys()];
}

/** How the run that is being read ends, as far as the entries tell until now. */
interface End {
  readonly result: string;
  readonly exit: MainExit | null;
}

const endedWell: End = { result: "success", exit: null };

/**
 * @param output one JSON object a line, oldest first
 * @param aboutUnit the field with the unit
 */
export function parseRestarts(output: string, aboutUnit: string): RestartsByUnit {
  const ends = new Map<string, End>();
  const restarts = new Map<string, AutomaticRestart[]>();
  for (const entry of parseEntries(output)) {
    const unit = entry[aboutUnit];
    if (typeof unit !== "string") continue;
    const end = ends.get(unit) ?? endedWell;
    if (entry["MESSAGE_ID"] === processExit) ends.set(unit, { ...end, exit: readExit(entry) });
    if (entry["MESSAGE_ID"] === failureResult)
      ends.set(unit, { ...end, result: String(entry["UNIT_RESULT"]) });
    if (entry["MESSAGE_ID"] !== restartScheduled) continue;
    const atUs = Number(entry["__REALTIME_TIMESTAMP"]);
    if (Number.isFinite(atUs)) restarts.set(unit, [...(restarts.get(unit) ?? []), { atUs, ...end }]);
    ends.delete(unit);
  }
  return restarts;
}

function readExit(entry: Readonly<Record<string, unknown>>): MainExit | null {
  const how = (["exited", "killed", "dumped"] as const).find((known) => known === entry["EXIT_CODE"]);
  const status = Number(entry["EXIT_STATUS"]);
  return how === undefined || !Number.isInteger(status) ? null : { how, status };
}
