/**
 * Finds units that systemd was asked to start and did not start, because of `Condition…=`, `Assert…=` or
 * `ExecCondition=`. systemd reports such a job as done, except for an assertion. Must not change anything on the
 * host; it only makes systemd keep units in memory meanwhile.
 */

import type { Unmet } from "../../core/model/starts.ts";
import { type Condition, describeUnmet } from "../../core/units/conditions.ts";
import { typeOfUnit } from "../../core/units/unit-name.ts";
import type { Bus } from "../bus/bus.ts";
import { BusError } from "../bus/bus-error.ts";
import { keepLoaded, letGo, listUnitsByPatterns, type UnitRow } from "../bus/manager-calls.ts";
import { asFlag, asList, asText, unexpected } from "../bus/values.ts";
import { readEach } from "../read/listed-units.ts";
import { readProperties } from "../read/properties.ts";
import { readStartCheck } from "../read/start-check.ts";

/** As `readUnmet` of ManagerPort. Asks for more than a unit's row only when the unit is down. */
export function readUnmet(bus: Bus, names: readonly string[]): Promise<ReadonlyMap<string, Unmet>> {
  return readEach(bus, names, async (row) => (isDown(row) ? findUnmet(bus, row) : null));
}

function isDown({ activeState, loadState, job }: UnitRow): boolean {
  return activeState === "inactive" && loadState === "loaded" && job === null;
}

async function findUnmet(bus: Bus, row: UnitRow): Promise<Unmet | null> {
  const check = await readStartCheck((names) => readProperties(bus, row, names));
  if (check === "condition") {
    const { Conditions } = await readProperties(bus, row, ["Conditions"]);
    return { message: describeUnmet(check, parseConditions(Conditions)), isFailure: false };
  }
  if (check === "assertion") {
    const { Asserts } = await readProperties(bus, row, ["Asserts"]);
    return { message: describeUnmet(check, parseConditions(Asserts)), isFailure: true };
  }
  if (typeOfUnit(row.name) !== "service") return null;
  const { Result } = await readProperties(bus, row, ["Result"]);
  return Result === "exec-condition" ? { message: "its ExecCondition= is not met", isFailure: false } : null;
}

/** `a(sbbsi)`: name, trigger, negated, parameter, and 1 for met, a negative number for not, 0 for not checked. */
function parseConditions(entries: readonly unknown[]): readonly Condition[] {
  return entries.map((entry) => {
    const [name, isTriggering, isNegated, parameter, state] = asList(entry, "a condition");
    if (typeof state !== "number") throw unexpected("a condition", state);
    return {
      name: asText(name, "a condition"),
      isTriggering: asFlag(isTriggering, "a condition"),
      isNegated: asFlag(isNegated, "a condition"),
      parameter: asText(parameter, "a condition"),
      isMet: state >= 0,
    };
  });
}

/** Together with the jobs that are queued at a time less than the bus allows: see `mostQueued` of jobs.ts. */
const mostReferences = 128;

/** Of many units only those that need a reference: a unit that is idle in memory is kept there by what refers to it. */
async function listReferred(bus: Bus, units: readonly string[]): Promise<readonly string[]> {
  if (units.length <= mostReferences) return units;
  const rows = await listUnitsByPatterns(bus, []);
  const idle = new Set(rows.flatMap((row) => (isDown(row) ? [row.name] : [])));
  return units.filter((unit) => !idle.has(unit)).slice(0, mostReferences);
}

/**
 * Runs `work` while systemd keeps the units in memory. Otherwise systemd at once forgets a unit that is down and that
 * no other unit mentions, and with it why the unit was not started (org.freedesktop.systemd1(5), RefUnit()). A unit
 * that does not exist is skipped. So are the last ones of very many units: of these it may then not be known why they were
 * not started.
 * @throws BusError; what `work` throws
 */
export async function whileLoaded<Result>(
  bus: Bus,
  units: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  const referred = await listReferred(bus, units);
  const forEachUnit = async (act: (bus: Bus, unit: string) => Promise<void>) => {
    await Promise.all(
      referred.map((unit) =>
        act(bus, unit).catch((error: unknown) => {
          // `work` meets the same error and reports it. When the connection broke, the reference is gone with it.
          if (!(error instanceof BusError)) throw error;
        }),
      ),
    );
  };
  await forEachUnit(keepLoaded);
  try {
    return await work();
  } finally {
    await forEachUnit(letGo);
  }
}
