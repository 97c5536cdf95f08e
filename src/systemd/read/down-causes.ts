/**
 * Why units that do not run are down, as far as systemd tells. Must not change anything on the host, and must not judge what
 * follows from it. Costs several questions a unit, so it is for the few that a decision depends on.
 */

import type { DownCause } from "../../core/model/unit-state.ts";
import { typeOfUnit } from "../../core/units/unit-name.ts";
import type { Bus } from "../bus/bus.ts";
import {
  findResting,
  readProperty,
  serviceInterface,
  type UnitRow,
  unitInterface,
} from "../bus/manager-calls.ts";
import { asFlag, asNumber } from "../bus/values.ts";
import { findInRows } from "./find-in-rows.ts";

/** Reads one property. */
type Read = (interfaceName: string, property: string) => Promise<unknown>;

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
 * As `readDownCauses` of ManagerPort. Without the units that were stopped, that never started since the boot, or that systemd
 * has forgotten because nothing refers to them.
 */
export async function readDownCauses(
  bus: Bus,
  names: readonly string[],
): Promise<ReadonlyMap<string, DownCause>> {
  const isResting = await findResting(bus, names);
  return findInRows(bus, names, async (row) => (isResting(row) ? null : readDownCause(bus, row)));
}

async function readDownCause(bus: Bus, { path, name }: UnitRow): Promise<DownCause | null> {
  const read: Read = (interfaceName, property) => readProperty(bus, path, interfaceName, property);
  const readTime = async (interfaceName: string, property: string) =>
    asNumber(await read(interfaceName, property), property);
  // When systemd last tested them, which it does at every start.
  if ((await readTime(unitInterface, "ConditionTimestampMonotonic")) === 0) return null;
  const [isMet, isAsserted] = await Promise.all([
    read(unitInterface, "ConditionResult"),
    read(unitInterface, "AssertResult"),
  ]);
  if (!asFlag(isMet, "ConditionResult") || !asFlag(isAsserted, "AssertResult")) return "condition";
  if (typeOfUnit(name) !== "service") return null;
  const [inactiveExit, activeEnter, activeExit, mainExit, mainCode, remain] = await Promise.all([
    readTime(unitInterface, "InactiveExitTimestampMonotonic"),
    readTime(unitInterface, "ActiveEnterTimestampMonotonic"),
    readTime(unitInterface, "ActiveExitTimestampMonotonic"),
    readTime(serviceInterface, "ExecMainExitTimestampMonotonic"),
    readTime(serviceInterface, "ExecMainCode"),
    read(serviceInterface, "RemainAfterExit"),
  ]);
  const remainAfterExit = asFlag(remain, "RemainAfterExit");
  return hasEndedByItself({ inactiveExit, activeEnter, activeExit, mainExit, mainCode, remainAfterExit })
    ? "ended"
    : null;
}

/**
 * Whether an inactive service's last run ended because its main process did. When systemd is asked to stop a unit, the unit leaves
 * `active` before the process ends; when the process ends first, the unit leaves `active` because of that. One that was never
 * active in this run, as a oneshot, was stopped if its process was killed: unasked, that is a failure. With RemainAfterExit=
 * the end of the process ends nothing. Measured on 252 and 257, also with ExecStop=, signals that are caught and Type=forking.
 */
export function hasEndedByItself(run: LastRun): boolean {
  if (run.remainAfterExit || run.mainExit === 0 || run.mainExit < run.inactiveExit) return false;
  const wasActive = run.activeEnter > 0 && run.activeEnter >= run.inactiveExit;
  return wasActive ? run.mainExit <= run.activeExit : run.mainCode === 1;
}
