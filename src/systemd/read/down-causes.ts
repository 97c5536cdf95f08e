/**
 * Why units that do not run are down, as far as systemd tells. It asks several questions for each unit, so it is for
 * the few units that a decision depends on. Must not change anything on the host, and must not judge what follows.
 */

import type { DownCause } from "../../core/model/unit-state.ts";
import { typeOfUnit } from "../../core/units/unit-name.ts";
import type { Bus } from "../bus/bus.ts";
import type { UnitRow } from "../bus/manager-calls.ts";
import { readEach } from "./listed-units.ts";
import { readProperties } from "./properties.ts";
import { readStartCheck } from "./start-check.ts";

/** When things happened: microseconds of CLOCK_MONOTONIC, 0 for never. */
export interface LastRun {
  readonly inactiveExit: number;
  readonly activeEnter: number;
  readonly activeExit: number;
  readonly mainExit: number;
  /** ExecMainCode: 1 when the main process ended by itself or caught the signal, 0 without one. */
  readonly mainCode: number;
  readonly remainAfterExit: boolean;
}

/**
 * The causes of those units for which systemd tells one. Not in it: units that were stopped, that never started since
 * the boot, or that systemd has forgotten because nothing refers to them.
 * @param names of units that are inactive
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
export async function readDownCauses(
  bus: Bus,
  names: readonly string[],
): Promise<ReadonlyMap<string, DownCause>> {
  return readEach(bus, names, async (row, isResting) => (isResting ? null : readDownCause(bus, row)));
}

async function readDownCause(bus: Bus, row: UnitRow): Promise<DownCause | null> {
  const check = await readStartCheck((names) => readProperties(bus, row, names));
  if (check === "condition" || check === "assertion") return "condition";
  if (check === "unchecked" || typeOfUnit(row.name) !== "service") return null;
  const run = await readProperties(bus, row, [
    "InactiveExitTimestampMonotonic",
    "ActiveEnterTimestampMonotonic",
    "ActiveExitTimestampMonotonic",
    "ExecMainExitTimestampMonotonic",
    "ExecMainCode",
    "RemainAfterExit",
  ]);
  const isOver = hasEndedByItself({
    inactiveExit: run.InactiveExitTimestampMonotonic,
    activeEnter: run.ActiveEnterTimestampMonotonic,
    activeExit: run.ActiveExitTimestampMonotonic,
    mainExit: run.ExecMainExitTimestampMonotonic,
    mainCode: run.ExecMainCode,
    remainAfterExit: run.RemainAfterExit,
  });
  return isOver ? "ended" : null;
}

/**
 * Whether an inactive service's last run ended because its main process ended. When systemd is asked to stop a unit,
 * the unit leaves `active` before the process ends. When the process ends first, the unit leaves `active` because of
 * that. A service that was never active in this run, such as a oneshot, was stopped if its process was killed:
 * without a request to stop, that would be a failure. With RemainAfterExit= the end of the process does not end the
 * run. Measured on systemd 252 and 257, also with ExecStop=, with signals that are caught and with Type=forking.
 */
export function hasEndedByItself(run: LastRun): boolean {
  if (run.remainAfterExit || run.mainExit === 0 || run.mainExit < run.inactiveExit) return false;
  const wasActive = run.activeEnter > 0 && run.activeEnter >= run.inactiveExit;
  return wasActive ? run.mainExit <= run.activeExit : run.mainCode === 1;
}
