/**
 * Finds starts that go on for long although nothing is wrong: a oneshot is starting until its work is done, and by
 * default systemd sets no time limit for it (systemd.service(5), TimeoutStartSec=). A container is starting while podman
 * pulls its image. Must not change anything on the host, nor judge.
 */

import type { LongStart } from "../../core/model/starts.ts";
import { describePull, describeQueued, describeWork, isStarting } from "../../core/units/long-start.ts";
import { isQuadletName, typeOfUnit } from "../../core/units/unit-name.ts";
import type { Bus } from "../bus/bus.ts";
import { BusError } from "../bus/bus-error.ts";
import { jobInterface, listJobsBefore, readProperty, type UnitRow } from "../bus/manager-calls.ts";
import { asText } from "../bus/values.ts";
import { readEach } from "../read/listed-units.ts";
import { readProperties } from "../read/properties.ts";

/**
 * As `readLongStarts` of ManagerPort. A unit with a time-out that is over is not in it: systemd has ended its start.
 */
export function readLongStarts(bus: Bus, names: readonly string[]): Promise<ReadonlyMap<string, LongStart>> {
  return findLongStarts(bus, names, []);
}

/** @param waiting units that wait for these, directly or through others: they are not followed again, so circles end */
function findLongStarts(
  bus: Bus,
  names: readonly string[],
  waiting: readonly string[],
): Promise<ReadonlyMap<string, LongStart>> {
  return readEach(bus, names, (row) => findLongStart(bus, row, waiting));
}

async function findLongStart(bus: Bus, row: UnitRow, waiting: readonly string[]): Promise<LongStart | null> {
  if (row.activeState === "activating" && typeOfUnit(row.name) === "service" && isStarting(row.subState)) {
    return await describeOwnWork(bus, row);
  }
  if (row.job === null || row.job.type !== "start") return null;
  const before = await readJobsBefore(bus, row.job.path);
  const path = [...waiting, row.name];
  const others = before.filter((name) => !path.includes(name));
  const [first] = await findLongStarts(bus, others, path);
  return first === undefined ? null : describeQueued(...first, await readStart(bus, row));
}

async function describeOwnWork(bus: Bus, row: UnitRow): Promise<LongStart | null> {
  const asked = ["Type", "MainPID", "ControlPID", "SourcePath"] as const;
  const { Type, MainPID, ControlPID, SourcePath } = await readProperties(bus, row, asked);
  if (MainPID + ControlPID === 0) return null;
  if (Type === "oneshot") return describeWork(row.subState, await readStart(bus, row));
  // podman's generator names the quadlet there (podman-systemd.unit(5)).
  const isContainer = isQuadletName(SourcePath.slice(SourcePath.lastIndexOf("/") + 1));
  return isContainer && row.subState === "start" ? describePull(await readStart(bus, row)) : null;
}

async function readStart(bus: Bus, row: UnitRow): Promise<number> {
  return (await readProperties(bus, row, ["InactiveExitTimestamp"])).InactiveExitTimestamp;
}

/** Names of the units whose jobs must end before this job runs; none when this job runs already, or has ended. */
async function readJobsBefore(bus: Bus, jobPath: string): Promise<readonly string[]> {
  try {
    const state = asText(await readProperty(bus, jobPath, jobInterface, "State"), "State");
    return state === "waiting" ? await listJobsBefore(bus, jobPath) : [];
  } catch (error) {
    if (!(error instanceof BusError) || error.failure !== "refused") throw error;
    return [];
  }
}
